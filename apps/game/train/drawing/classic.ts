/** The classic control tasks, drawn from their states. */
import type { Drawing, Point } from './sheet.ts';

const TRACK = 2.4; // CartPole: half of it
const POLE = 1; // its length

/** An arrow for what is done: -1 .. 1, from a point to its side. */
function push(sheet: Parameters<Drawing>[0], from: Point, force: number): void {
  if (Math.abs(force) < 0.05) return;
  const [x, y] = from;
  const to = x + 0.5 * force;
  const tip = 0.09 * Math.sign(force);
  const o = { colour: sheet.colours.orange, width: 3 };
  sheet.line([[x, y], [to, y]], o); // prettier-ignore
  sheet.line([[to - tip, y + 0.07], [to, y], [to - tip, y - 0.07]], o); // prettier-ignore
}

export const cartPole: Drawing = (sheet, { value, action }) => {
  const { colours } = sheet;
  sheet.begin({ left: -TRACK - 0.4, right: TRACK + 0.4, bottom: -0.45, top: 1.35 });
  sheet.line([[-TRACK, -0.2], [TRACK, -0.2]], { colour: colours.line, width: 3 }); // prettier-ignore
  for (const end of [-TRACK, TRACK]) {
    sheet.line([[end, -0.3], [end, -0.1]], { colour: colours.line, width: 3 }); // prettier-ignore
  }
  const [x, angle] = [value('x'), value('angle')];
  sheet.box(x - 0.25, -0.2, [0.5, 0.26], colours.text);
  push(sheet, [x + (action[0] === 1 ? 0.3 : -0.3), -0.07], action[0] === 1 ? 1 : -1);
  const tip: Point = [
    x + 2 * POLE * 0.6 * Math.sin(angle),
    0.06 + 2 * POLE * 0.6 * Math.cos(angle),
  ];
  sheet.line([[x, 0.03], tip], { colour: colours.green, width: 8 });
  sheet.disc([x, 0.03], 0.05, colours.ground);
};

const hill = (x: number) => 0.45 * Math.sin(3 * x) + 0.55; // as Gymnasium draws it

/** The push of an action, -1 .. 1. */
function mountainCarWith(pushOf: (action: number) => number): Drawing {
  return (sheet, { value, action }) => {
    const { colours } = sheet;
    sheet.begin({ left: -1.3, right: 0.7, bottom: 0, top: 1.2 });
    const ground = Array.from({ length: 61 }, (_, i): Point => {
      const x = -1.2 + (1.8 * i) / 60;
      return [x, hill(x)];
    });
    sheet.line(ground, { colour: colours.soft, width: 3 });
    const goal = 0.5;
    sheet.line([[goal, hill(goal)], [goal, hill(goal) + 0.22]], { colour: colours.text, width: 2 }); // prettier-ignore
    const top = hill(goal) + 0.22;
    sheet.area([[goal, top], [goal + 0.1, top - 0.045], [goal, top - 0.09]], colours.orange); // prettier-ignore
    const x = value('position');
    const slope = Math.atan(0.45 * 3 * Math.cos(3 * x));
    const place = (along: number, up: number): Point => [
      x + along * Math.cos(slope) - up * Math.sin(slope),
      hill(x) + along * Math.sin(slope) + up * Math.cos(slope),
    ];
    sheet.area([place(-0.08, 0.03), place(0.08, 0.03), place(0.08, 0.1), place(-0.08, 0.1)], colours.green); // prettier-ignore
    for (const wheel of [-0.05, 0.05]) sheet.disc(place(wheel, 0.026), 0.026, colours.text);
    const force = pushOf(action[0] ?? 0);
    if (Math.abs(force) > 0.05) {
      const from = place(0.1 * Math.sign(force), 0.065);
      sheet.line([from, place(0.1 * Math.sign(force) + 0.12 * force, 0.065)], { colour: colours.orange, width: 3 }); // prettier-ignore
    }
  };
}

export const mountainCar = mountainCarWith((action) => action - 1);
export const mountainCarContinuous = mountainCarWith((action) => Math.max(-1, Math.min(1, action)));

export const pendulum: Drawing = (sheet, { value, action }) => {
  const { colours } = sheet;
  sheet.begin({ left: -1.25, right: 1.25, bottom: -1.25, top: 1.25 });
  const angle = value('angle'); // 0 upright, anticlockwise
  const tip: Point = [-Math.sin(angle), Math.cos(angle)];
  sheet.ring([0, 0], 1.1, { colour: colours.line, width: 1 });
  sheet.line([[0, 0], tip], { colour: colours.green, width: 14 });
  sheet.disc([0, 0], 0.05, colours.text);
  const torque = Math.max(-1, Math.min(1, (action[0] ?? 0) / 2));
  arc(sheet, torque);
};

/** What turns a joint at the middle, -1 .. 1, anticlockwise. */
function arc(sheet: Parameters<Drawing>[0], torque: number): void {
  if (Math.abs(torque) < 0.03) return;
  const points = Array.from({ length: 16 }, (_, i): Point => {
    const turn = Math.PI / 2 + (torque * Math.PI * 0.8 * i) / 15;
    return [0.3 * Math.cos(turn), 0.3 * Math.sin(turn)];
  });
  sheet.line(points, { colour: sheet.colours.orange, width: 4 });
}

export const acrobot: Drawing = (sheet, { value, action }) => {
  const { colours } = sheet;
  sheet.begin({ left: -2.2, right: 2.2, bottom: -2.1, top: 2.1 });
  sheet.line([[-2.2, 1], [2.2, 1]], { colour: colours.line, width: 2 }); // prettier-ignore
  const [first, second] = [value('angle1'), value('angle1') + value('angle2')];
  const elbow: Point = [Math.sin(first), -Math.cos(first)];
  const tip: Point = [elbow[0] + Math.sin(second), elbow[1] - Math.cos(second)];
  sheet.line([[0, 0], elbow], { colour: colours.green, width: 9 });
  sheet.line([elbow, tip], { colour: colours.green, width: 9 });
  sheet.disc([0, 0], 0.08, colours.text);
  sheet.disc(elbow, 0.08, action[0] === 1 ? colours.text : colours.orange);
};
