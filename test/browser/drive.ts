/** Plays with real key presses: looks at the pitch, decides, presses and releases arrow keys. */
import type { MatchState } from '@dreampitch/sim';
import type { Page } from 'playwright';

const GOAL_X = 0.75; // metres; blue attacks +x
const BEHIND = 0.085; // metres behind the ball: where a run at the goal begins
const ARROWS = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'] as const;
type Arrow = (typeof ARROWS)[number];

/** What the pitch looks like now; the page answers it where its address has `?measure`. */
export async function look(page: Page): Promise<MatchState> {
  const state = await page.evaluate(() =>
    (globalThis as unknown as { matchState: () => unknown }).matchState(),
  );
  return state as MatchState;
}

/** The way blue's first robot should go: behind the ball first, then through it at the goal. */
export function wayToGoal({ ball, robots }: Pick<MatchState, 'ball' | 'robots'>): [number, number] {
  const robot = robots[0]!;
  const toGoal = Math.hypot(GOAL_X - ball.x, -ball.y);
  const [aimX, aimY] = [(GOAL_X - ball.x) / toGoal, -ball.y / toGoal];
  const [ballX, ballY] = [ball.x - robot.x, ball.y - robot.y];
  const along = ballX * aimX + ballY * aimY;
  const across = ballX * aimY - ballY * aimX;
  if (along > 0 && Math.abs(across) < 0.035) return [ballX + aimX * 0.1, ballY + aimY * 0.1];
  // Round the ball, on the side where the robot already is, where it stands between ball and goal.
  const aside = along < 0.05 && Math.abs(across) < 0.09 ? (across > 0 ? -0.12 : 0.12) : 0;
  return [ballX - aimX * BEHIND - aimY * aside, ballY - aimY * BEHIND + aimX * aside];
}

/** The arrow keys of the nearest of eight directions. */
function arrowsOf([x, y]: readonly [number, number]): Set<Arrow> {
  const eighth = Math.round(Math.atan2(y, x) / (Math.PI / 4));
  const [stepX, stepY] = [Math.cos((eighth * Math.PI) / 4), Math.sin((eighth * Math.PI) / 4)];
  const arrows = new Set<Arrow>();
  if (stepX > 0.5) arrows.add('ArrowRight');
  if (stepX < -0.5) arrows.add('ArrowLeft');
  if (stepY > 0.5) arrows.add('ArrowUp');
  if (stepY < -0.5) arrows.add('ArrowDown');
  return arrows;
}

/** Plays until `enough` says so of the state it sees; throws after `secondsMax`. */
export async function playUntil(
  page: Page,
  enough: (state: MatchState) => boolean,
  secondsMax: number,
): Promise<MatchState> {
  const deadline = performance.now() + secondsMax * 1000;
  const pressed = new Set<Arrow>();
  const press = async (wanted: ReadonlySet<Arrow>) => {
    for (const arrow of ARROWS) {
      if (wanted.has(arrow) && !pressed.has(arrow)) await page.keyboard.down(arrow);
      if (!wanted.has(arrow) && pressed.has(arrow)) await page.keyboard.up(arrow);
    }
    pressed.clear();
    for (const arrow of wanted) pressed.add(arrow);
  };
  try {
    while (performance.now() < deadline) {
      const state = await look(page);
      if (enough(state)) return state;
      if (state.phase === 'over') throw new Error(`the match ended ${state.score.join(' : ')}`);
      await press(arrowsOf(wayToGoal(state)));
    }
  } finally {
    await press(new Set());
  }
  throw new Error(`not reached within ${secondsMax} s`);
}
