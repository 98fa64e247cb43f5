/** The environments that there are, by name. */
import {
  acrobot,
  cartPole,
  mountainCar,
  mountainCarContinuous,
  pendulum,
} from '../classic/classic.ts';
import { driveToTarget, reach } from '../robots/robots.ts';
import { soccer, soccerWithRoles } from '../soccer/soccer.ts';
import { cliffWalking, frozenLake, taxi } from '../toy/toy.ts';
import type { Environment } from './environment.ts';

/** All environments, each with its spaces, rules and parameters. */
export function environments(): readonly Environment[] {
  return [
    cartPole,
    mountainCar,
    mountainCarContinuous,
    pendulum,
    acrobot,
    frozenLake(4),
    frozenLake(8),
    cliffWalking,
    taxi,
    driveToTarget,
    reach,
    soccer(1),
    soccer(2),
    soccer(3),
    soccerWithRoles(2),
    soccerWithRoles(3),
  ];
}

/** The environment with this id, or null where there is none. */
export function environmentById(id: string): Environment | null {
  return environments().find((environment) => environment.id === id) ?? null;
}
