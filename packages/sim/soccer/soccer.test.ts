import { layoutOf } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { stateFields } from '../environment/state-fields.ts';
import { sizeOf } from '../environment/spaces.ts';
import { soccer, soccerById, soccerDeclarations } from './soccer.ts';

test.each([1, 2, 3] as const)(
  '%i a side: names and sizes are those of the kernel',
  (robotsPerTeam) => {
    const environment = soccer(robotsPerTeam);
    const seen = layoutOf(environment.wgsl, 'Observation', environment.constants);
    const names = Object.entries(seen.fields).flatMap(([name, { count, struct }]) =>
      struct
        ? Array.from({ length: count! }, (_, k) =>
            Object.keys(struct.fields).map((one) => `${name}[${k}].${one}`),
          ).flat()
        : [name],
    );
    const space = environment.observationSpace;
    expect(space.kind === 'box' && space.names).toEqual(names);
    expect(seen.bytes).toBe(4 * sizeOf(space));
    expect(soccerById(environment.id)?.agentCount).toBe(2 * robotsPerTeam);
  },
);

test('every number of the state has a name', () => {
  const { bytes, fields } = stateFields(soccer(3));
  expect(fields.map(({ name }) => name)).toContain('robots[5].heading.y');
  expect(new Set(fields.map(({ word }) => word)).size).toBe(fields.length);
  expect(fields.length * 4).toBeGreaterThan(bytes - 8); // what is left is padding
});

test('parameters are read from the text, with unit and source', () => {
  const { parameters } = soccer(1);
  const of = (name: string) => parameters.find((parameter) => parameter.name === name);
  expect(of('HALF_LENGTH')).toMatchObject({ value: 0.75, unit: 'm' });
  expect(of('WHEEL_SPEED_MAX')).toMatchObject({ value: 1.5, unit: 'm/s' });
  for (const { source } of parameters) expect(source.length).toBeGreaterThan(5);
});

test('no environment has an unknown id', () => {
  expect(soccerById('soccer-4v4')).toBeNull();
});

test('the declarations stop before the first binding', () => {
  expect(soccerDeclarations).toContain('struct Observation');
  expect(soccerDeclarations).not.toContain('@group');
});
