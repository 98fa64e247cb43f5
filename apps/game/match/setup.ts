/** What a person chooses before a match. Pure. */

/** Bots by strength; each is the policy of that name. */
export const BOTS = {
  random: { policy: 'random', name: 'Random bot' },
  easy: { policy: 'scripted-easy', name: 'Easy bot' },
  normal: { policy: 'scripted-normal', name: 'Normal bot' },
  scripted: { policy: 'scripted', name: 'Hard bot' },
} as const;
export type Bot = keyof typeof BOTS;

/** Who drives a team: a person at this keyboard, a bot, or a kept player (`player:12`). */
export type Driver = 'you' | 'friend' | Bot | `player:${number}`;

export function isBot(driver: string): driver is Bot {
  return Object.hasOwn(BOTS, driver);
}

export type MatchSetup = {
  readonly robotsPerTeam: 1 | 2 | 3;
  readonly blue: Driver;
  readonly orange: Driver;
  readonly minutes: 1 | 3 | 5;
};

export const SETUP_DEFAULT: MatchSetup = {
  robotsPerTeam: 2,
  blue: 'you',
  orange: 'easy',
  minutes: 3,
};

const PERSON_OR_PLAYER = /^(you|friend|player:[1-9]\d{0,14})$/;

/** From what was remembered; anything odd becomes the default. */
export function parseSetup(text: string | null): MatchSetup {
  try {
    const { robotsPerTeam, blue, orange, minutes } = JSON.parse(text ?? '') as MatchSetup;
    const whole = [1, 2, 3].includes(robotsPerTeam) && [1, 3, 5].includes(minutes);
    const drivers = [blue, orange].every(
      (driver) => isBot(driver) || PERSON_OR_PLAYER.test(driver),
    );
    if (whole && drivers && blue !== 'friend' && orange !== 'you') {
      return { robotsPerTeam, blue, orange, minutes };
    }
  } catch {
    // Nothing remembered, or not by us.
  }
  return SETUP_DEFAULT;
}

export type Seat = { readonly robot: number; readonly hand: 0 | 1 };

/** Which robots people drive: the first of their team; the others are bots. */
export function seatsOf(setup: MatchSetup): Seat[] {
  const seats: Seat[] = [];
  if (setup.blue === 'you') seats.push({ robot: 0, hand: 0 });
  if (setup.orange === 'friend') seats.push({ robot: setup.robotsPerTeam, hand: 1 });
  return seats;
}

export function playerIdOf(driver: Driver): number | null {
  return driver.startsWith('player:') ? Number(driver.slice('player:'.length)) : null;
}

/** The same with bots where kept players cannot be had; the same object where there are none. */
export function withoutPlayers(setup: MatchSetup): MatchSetup {
  const { blue, orange } = setup;
  if (playerIdOf(blue) === null && playerIdOf(orange) === null) return setup;
  return {
    ...setup,
    blue: playerIdOf(blue) === null ? blue : 'scripted',
    orange: playerIdOf(orange) === null ? orange : 'scripted',
  };
}

/** For every robot, blue first: a person, or which driver its team's bots are. */
export function controllersOf(setup: MatchSetup): ('human' | Exclude<Driver, 'you' | 'friend'>)[] {
  const seats = new Set(seatsOf(setup).map((seat) => seat.robot));
  return Array.from({ length: 2 * setup.robotsPerTeam }, (_, robot) => {
    if (seats.has(robot)) return 'human';
    const [driver, other] =
      robot < setup.robotsPerTeam ? [setup.blue, setup.orange] : [setup.orange, setup.blue];
    if (driver !== 'you' && driver !== 'friend') return driver;
    // Team mates of a person are as good as the bots they play against, so that a match is fair.
    return isBot(other) && other !== 'random' ? other : 'scripted';
  });
}

/** '2:05', never negative. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
