/** Three drills of robot soccer: what is seen and done is soccer-1v1's, so one network plays them all. */
import { type Environment, environmentText, parseEnvironment, soccer } from '@dreampitch/sim';
import backWgsl from './back.wgsl';
import drillWgsl from './drill.wgsl';
import keepWgsl from './keep.wgsl';
import shootWgsl from './shoot.wgsl';

/** Soccer's text up to its entry points, with a drill's rules and entry points instead. */
function drill(name: string, o: { wgsl: string; ticksMax: number }): Environment {
  const whole = environmentText(soccer(1));
  const physics = whole
    .slice(0, whole.indexOf('// ---- entry points'))
    .replace('//! name: soccer-1v1', `//! name: soccer-${name}`)
    .replace('//! agents: 2\n', '')
    .replace(/rule ticksMax: \d+/, `rule ticksMax: ${o.ticksMax}`)
    .replace(/rule stallTicks: \d+/, 'rule stallTicks: 0');
  const speed = /fn wheelSpeed[^}]*}\n/.exec(whole)![0];
  const parsed = parseEnvironment(physics + speed + o.wgsl + drillWgsl);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.environment;
}

/** In the order in which they are learned. */
export const TASKS: readonly Environment[] = [
  drill('shoot', { wgsl: shootWgsl, ticksMax: 300 }),
  drill('keep', { wgsl: keepWgsl, ticksMax: 180 }),
  drill('back', { wgsl: backWgsl, ticksMax: 180 }),
];

/** The same, where only results count. */
export function resultsOnly(task: Environment): Environment {
  return { ...task, constants: { ...task.constants, PROMISE: 0 } };
}
