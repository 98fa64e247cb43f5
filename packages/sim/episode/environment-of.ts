import type { Environment } from '../environment/environment.ts';
import { soccerById } from '../soccer/soccer.ts';
import type { Episode } from './episode.ts';

/**
 * The environment that an episode was played in. Throws, in words for people, where it is not known
 * here, or where the episode's numbers are not those of its robots.
 */
export function environmentOf(episode: Episode): Environment {
  const environment = soccerById(episode.environment);
  if (!environment) {
    throw new Error(`This episode is of '${episode.environment}', which is not known here.`);
  }
  const { agentCount } = environment;
  const { controllers, inputs, tickCount } = episode;
  if (controllers.length !== agentCount) {
    throw new Error(
      `This episode is damaged: it tells of ${controllers.length} robots, and ${environment.id} ` +
        `has ${agentCount}.`,
    );
  }
  if (inputs.length !== tickCount * 2 * agentCount) {
    throw new Error(
      `This episode is damaged: it has ${inputs.length} inputs, and ${tickCount} ticks of ` +
        `${agentCount} robots want ${tickCount * 2 * agentCount}.`,
    );
  }
  return environment;
}
