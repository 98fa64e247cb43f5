/** The measures of the pitch that the scene draws, in metres. */
import type { Parameter } from '@dreampitch/sim';

export type PitchSize = {
  readonly length: number; // along x, between the goal lines
  readonly width: number; // along y
  readonly goalWidth: number;
  readonly goalDepth: number;
  readonly cornerCut: number; // legs of the triangles that fill the corners
  readonly ballRadius: number;
  readonly robotSize: number; // side of the square
};

/** Half the outline of everything that must stay in the picture: x and y in metres. */
export function outlineOf(pitch: PitchSize): { x: number; y: number } {
  return { x: pitch.length / 2 + pitch.goalDepth + 0.03, y: pitch.width / 2 + 0.03 };
}

/** Reads the measures from the environment's own table. Throws where it lacks one. */
export function pitchSizeOf(parameters: readonly Parameter[]): PitchSize {
  const valueOf = (name: string): number => {
    const found = parameters.find((parameter) => parameter.name === name);
    if (!found) throw new Error(`The environment has no parameter ${name}; the scene needs it.`);
    return found.value;
  };
  return {
    length: 2 * valueOf('HALF_LENGTH'),
    width: 2 * valueOf('HALF_WIDTH'),
    goalWidth: 2 * valueOf('GOAL_HALF_WIDTH'),
    goalDepth: valueOf('GOAL_DEPTH'),
    cornerCut: valueOf('CORNER_CUT'),
    ballRadius: valueOf('BALL_RADIUS'),
    robotSize: 2 * valueOf('ROBOT_HALF'),
  };
}
