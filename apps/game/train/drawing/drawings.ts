/** Which environment is drawn how: by the picture that it names, and only where its state has it all. */
import type { Environment } from '@dreampitch/sim';
import { acrobot, cartPole, mountainCar, mountainCarContinuous, pendulum } from './classic.ts';
import { driveToTarget, reach, soccer } from './robots.ts';
import type { Drawing } from './sheet.ts';
import { cliffWalking, frozenLake, taxi } from './toy.ts';

type Picture = { readonly drawing: Drawing; readonly needs: readonly string[] };

const DRIVE = 'obstacles[3].x goal.x heading.x position.x ranges[4]'.split(' ');

/** What a text can say in its line `//! picture: ...`, with the numbers of its state that it needs. */
export const PICTURES: Readonly<Record<string, Picture>> = {
  'cart-pole': { drawing: cartPole, needs: ['x', 'angle'] },
  'mountain-car': { drawing: mountainCar, needs: ['position'] },
  'mountain-car-continuous': { drawing: mountainCarContinuous, needs: ['position'] },
  pendulum: { drawing: pendulum, needs: ['angle'] },
  acrobot: { drawing: acrobot, needs: ['angle1', 'angle2'] },
  'frozen-lake-4': { drawing: frozenLake(4), needs: ['cell'] },
  'frozen-lake-8': { drawing: frozenLake(8), needs: ['cell'] },
  'cliff-walking': { drawing: cliffWalking, needs: ['cell'] },
  taxi: { drawing: taxi, needs: ['code'] },
  drive: { drawing: driveToTarget, needs: DRIVE },
  arm: { drawing: reach, needs: ['angles[4]', 'tip.z', 'goal.z'] },
  'soccer-1v1': { drawing: soccer(2), needs: ['ball.x', 'scoreBlue', 'robots[1].heading.y'] },
  'soccer-2v2': { drawing: soccer(4), needs: ['ball.x', 'scoreBlue', 'robots[3].heading.y'] },
  'soccer-3v3': { drawing: soccer(6), needs: ['ball.x', 'scoreBlue', 'robots[5].heading.y'] },
};

/** Null: it is shown as numbers. `names` are those of its state. */
export function drawingOf(
  { picture }: Pick<Environment, 'picture'>,
  names: readonly string[],
): Drawing | null {
  const found = picture === undefined ? undefined : PICTURES[picture];
  return found?.needs.every((name) => names.includes(name)) ? found.drawing : null;
}
