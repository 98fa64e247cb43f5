/** Robots: soccer from above, the robot among obstacles, the arm from its side and from above. */
import type { Drawing, Moment, Point, Sheet } from './sheet.ts';

const LENGTH = 0.75; // half of the pitch
const WIDTH = 0.65;
const GOAL = 0.2;
const DEPTH = 0.1;
const HALF = 0.0375; // of a robot

/** A square robot, its front marked. */
function robot(sheet: Sheet, o: { at: Point; heading: Point; colour: string }): void {
  const { at, heading, colour } = o;
  const [hx, hy] = heading;
  const place = (along: number, aside: number): Point => [
    at[0] + along * hx - aside * hy,
    at[1] + along * hy + aside * hx,
  ];
  sheet.area([place(-HALF, -HALF), place(HALF, -HALF), place(HALF, HALF), place(-HALF, HALF)], colour); // prettier-ignore
  sheet.line([place(HALF * 0.6, -HALF * 0.5), place(HALF * 0.6, HALF * 0.5)], { colour: sheet.colours.ground, width: 2 }); // prettier-ignore
}

const pair = ({ value }: Moment, name: string): Point => [value(`${name}.x`), value(`${name}.y`)];

export function soccer(robotCount: number): Drawing {
  return (sheet, moment) => {
    const { colours } = sheet;
    const o = { colour: colours.pitchLine, width: 2 };
    sheet.begin({ left: -LENGTH - DEPTH, right: LENGTH + DEPTH, bottom: -WIDTH, top: WIDTH });
    sheet.box(-LENGTH, -WIDTH, [2 * LENGTH, 2 * WIDTH], colours.pitch);
    // A robot in its own goal must be seen before it.
    sheet.box(-LENGTH - DEPTH, -GOAL, [DEPTH, 2 * GOAL], colours.line);
    sheet.box(LENGTH, -GOAL, [DEPTH, 2 * GOAL], colours.line);
    const [blue, orange] = [-LENGTH - DEPTH, LENGTH + DEPTH];
    sheet.line([[blue, -GOAL], [blue, GOAL]], { colour: colours.blue, width: 6 }); // prettier-ignore
    sheet.line([[orange, -GOAL], [orange, GOAL]], { colour: colours.orange, width: 6 }); // prettier-ignore
    sheet.line([[0, -WIDTH], [0, WIDTH]], o); // prettier-ignore
    sheet.ring([0, 0], 0.2, o);
    for (let i = 0; i < robotCount; i++) {
      const colour = i < robotCount / 2 ? colours.blue : colours.orange;
      const at = pair(moment, `robots[${i}].position`);
      robot(sheet, { at, heading: pair(moment, `robots[${i}].heading`), colour });
    }
    sheet.disc(pair(moment, 'ball'), 0.0215, colours.ball);
    const { value } = moment;
    sheet.box(-0.13, WIDTH - 0.13, [0.26, 0.12], colours.pitch); // of the line behind the score
    sheet.word([0, WIDTH - 0.07], `${value('scoreBlue')} : ${value('scoreOrange')}`, colours.ball);
  };
}

const OBSTACLES = [0, 1, 2, 3];
const RAYS = [-2, -1, 0, 1, 2]; // from right to left
const RAY_ANGLE = Math.PI / 6;

export const driveToTarget: Drawing = (sheet, moment) => {
  const { colours } = sheet;
  sheet.begin({ left: -LENGTH, right: LENGTH, bottom: -WIDTH, top: WIDTH });
  const corners: Point[] = [[-LENGTH, -WIDTH], [LENGTH, -WIDTH], [LENGTH, WIDTH], [-LENGTH, WIDTH]]; // prettier-ignore
  sheet.line(corners, { colour: colours.soft, width: 2, closed: true });
  for (const i of OBSTACLES) sheet.disc(pair(moment, `obstacles[${i}]`), 0.06, colours.soft);
  sheet.ring(pair(moment, 'goal'), 0.05, { colour: colours.orange, width: 4 });
  const [at, heading] = [pair(moment, 'position'), pair(moment, 'heading')];
  const turn = Math.atan2(heading[1], heading[0]);
  for (const [i, ray] of RAYS.entries()) {
    const [angle, range] = [turn + ray * RAY_ANGLE, moment.value(`ranges[${i}]`)];
    const end: Point = [at[0] + range * Math.cos(angle), at[1] + range * Math.sin(angle)];
    sheet.line([at, end], { colour: colours.line, width: 1 });
  }
  robot(sheet, { at, heading, colour: colours.blue });
};

type Vector = readonly [x: number, y: number, z: number];

function turned([x, y, z]: Vector, angle: number): Vector {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c * x - s * y, s * x + c * y, z];
}

const sum = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** Of the wrist: cosine and sine. */
const SLANT = [0.998815, 0.0486603] as const;

/** From the frame of a joint (0 pan .. 4 wrist roll) to the table: `tipOf` of reach.wgsl. */
function onTable(v: Vector, joint: number, angles: readonly number[]): Vector {
  let p = turned(v, angles[joint]!);
  if (joint >= 4) {
    const slanted: Vector = [-(SLANT[0] * p[0] + SLANT[1] * p[1]), p[2], SLANT[0] * p[1] - SLANT[1] * p[0]]; // prettier-ignore
    p = turned(sum(slanted, [0, -0.0611, 0.0181]), angles[3]!);
  }
  if (joint >= 3) p = turned(sum([p[1], -p[0], p[2]], [-0.1349, 0.0052, 0]), angles[2]!);
  if (joint >= 2) p = turned(sum([-p[1], p[0], p[2]], [-0.11257, -0.028, 0]), angles[1]!);
  if (joint >= 1) {
    p = turned(sum([p[1], p[2], p[0]], [-0.0303992, -0.0182778, -0.0542]), angles[0]!);
  }
  return sum([-p[0], p[1], -p[2]], [0.0388353, 0, 0.0624]);
}

const JOINTS = [0, 1, 2, 3, 4];
/** Seen from the side and a little from above. */
const seen = ([x, y, z]: Vector): Point => [x - 0.45 * y, z - 0.3 * y];
const shadow = ([x, y]: Vector): Point => seen([x, y, 0]);

export const reach: Drawing = (sheet, moment) => {
  const { colours } = sheet;
  const { value } = moment;
  sheet.begin({ left: -0.45, right: 0.55, bottom: -0.2, top: 0.56 });
  const angles = JOINTS.map((joint) => value(`angles[${joint}]`));
  const spot = (name: string): Vector => [
    value(`${name}.x`),
    value(`${name}.y`),
    value(`${name}.z`),
  ];
  const [tip, goal] = [spot('tip'), spot('goal')];
  const arm = [...JOINTS.map((joint) => onTable([0, 0, 0], joint, angles)), tip];
  sheet.line([[0, 0, 0] as Vector, ...arm].map(shadow), { colour: colours.line, width: 6 });
  sheet.line([shadow(goal), seen(goal)], { colour: colours.line, width: 1 });
  sheet.line([[0, 0, 0] as Vector, ...arm].map(seen), { colour: colours.green, width: 8 });
  for (const joint of arm.slice(0, -1)) sheet.disc(seen(joint), 0.012, colours.text);
  sheet.disc(seen(goal), 0.016, colours.orange);
};
