/** Robot soccer on the scale of the IEEE Very Small Size league: the description of soccer.wgsl. */
import type { Environment } from '../environment/environment.ts';

export type RobotsPerTeam = 1 | 2 | 3;

/** The environments soccer-1v1, soccer-2v2 and soccer-3v3. */
export function soccer(robotsPerTeam: RobotsPerTeam): Environment {
  void robotsPerTeam;
  throw new Error('being written');
}
