import { openWasm } from '@dreampitch/compute';
import { Match, Replay, scriptedPolicy } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { Screening } from './screening.ts';

async function screened(): Promise<{ screening: Screening; match: Match }> {
  const compute = await openWasm({ threadCount: 1, sharedMemory: false });
  const match = await Match.create(compute, {
    robotsPerTeam: 1,
    rules: { ticksMax: 600 },
    seed: 5,
    controllers: [scriptedPolicy, scriptedPolicy],
    startedAt: 0,
  });
  for (let tick = 0; tick < 400; tick++) match.step();
  return { screening: new Screening(await Replay.create(compute, match.finish()), 1), match };
}

test('it plays to the end, stops there, and starts again from the front', async () => {
  const { screening, match } = await screened();
  let ticks = 0;
  for (let i = 0; i < 500; i++) screening.advance(1 / 60, () => (ticks += 1));
  expect(ticks).toBe(400);
  expect(screening.view.value).toMatchObject({ tick: 400, playing: false });
  expect(screening.moment.state.ball).toEqual(match.state.ball);
  screening.setPlaying(true);
  expect(screening.view.value).toMatchObject({ tick: 0, playing: true });
});

test('a seek stays within the match, and speed is a factor', async () => {
  const { screening } = await screened();
  screening.seek(-10);
  expect(screening.view.value.tick).toBe(0);
  screening.seek(9999);
  expect(screening.view.value.tick).toBe(400);
  screening.seek(0);
  screening.setSpeed(4);
  let ticks = 0;
  for (let i = 0; i < 15; i++) screening.advance(1 / 60, () => (ticks += 1));
  expect(ticks).toBe(60);
});
