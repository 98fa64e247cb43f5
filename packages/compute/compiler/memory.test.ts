import { describe, expect, test } from 'vitest';
import { runKernel } from './run-kernel.ts';

const range = (count: number, f: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => f(i));

const HEADER = `
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage> given: array<f32>;
`;
const MAIN = '@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u)';

/** Eight invocations that read `given` and write `out`. */
function run(body: string, given: number[], outCount: number, more = ''): number[] {
  const out = new Float32Array(outCount);
  runKernel(`${HEADER}\n${more}\n${MAIN} {\n${body}\n}`, {
    buffers: { out, given: Float32Array.from(given) },
  });
  return [...out];
}

describe('buffers', () => {
  test('consecutive, strided, gathered and shared elements', () => {
    const given = range(64, (i) => i * 1.5);
    expect(run('out[id.x] = given[id.x];', given, 8)).toEqual(given.slice(0, 8));
    expect(run('out[id.x] = given[id.x * 3u + 1u];', given, 8)).toEqual(
      range(8, (i) => given[i * 3 + 1]!),
    );
    expect(run('out[id.x] = given[(id.x * 5u) % 7u];', given, 8)).toEqual(
      range(8, (i) => given[(i * 5) % 7]!),
    );
    expect(run('out[id.x] = given[id.x >> 2u];', given, 8)).toEqual(
      range(8, (i) => given[i >> 2]!),
    );
    expect(run('out[id.x] = given[id.x / 4u * 3u];', given, 8)).toEqual(
      range(8, (i) => given[(i >> 2) * 3]!),
    );
    expect(run('out[id.x] = given[5];', given, 8)).toEqual(range(8, () => 7.5));
    expect(run('out[id.x * 2u] = 1.0; out[id.x * 2u + 1u] = 2.0;', given, 16)).toEqual(
      range(16, (i) => 1 + (i % 2)),
    );
    expect(run('out[7u - id.x] = given[id.x];', given, 8)).toEqual(range(8, (i) => given[7 - i]!));
  });

  test('masked lanes do not write', () => {
    expect(
      run(
        'if given[id.x] > 2.0 { out[id.x] = 9.0; }',
        range(8, (i) => i),
        8,
      ),
    ).toEqual([0, 0, 0, 9, 9, 9, 9, 9]);
    expect(
      run(
        'if given[id.x] > 2.0 { out[id.x * 2u] = 9.0; }',
        range(8, (i) => i),
        16,
      ),
    ).toEqual(range(16, (i) => (i > 5 && i % 2 === 0 ? 9 : 0)));
  });

  test('writes are seen by later reads', () => {
    expect(
      run(
        'out[id.x] = given[id.x]; let a = out[id.x]; out[id.x] = a + 1.0; out[id.x] += out[id.x];',
        range(8, (i) => i),
        8,
      ),
    ).toEqual(range(8, (i) => 2 * (i + 1)));
  });

  test('indexes out of range never leave the binding', () => {
    // runKernel checks the bytes around every buffer.
    run(
      'out[id.x + 1000000u] = 1.0; out[u32(-1)] = 2.0; _ = given[0xffffffffu - id.x]; out[id.x * 0x40000000u] = 3.0;'.replace(
        'u32(-1)',
        '4294967295u',
      ),
      range(4, () => 0),
      8,
    );
    run(
      'let i = i32(id.x) - 100; out[i] = given[i * 1000000];',
      range(4, () => 0),
      8,
    );
    run('for (var i = 0u; i < 100u; i++) { out[i * 3u] = f32(i); }', [0], 8);
    run(
      'var list: array<f32, 3>; list[id.x + u32(given[0])] = 1.0; out[id.x] = list[id.x * 77u] + list[2];',
      [500],
      8,
    );
    run('var v: vec3f; v[id.x] = 1.0; out[id.x] = v[id.x * 9u];', [500], 8);
    run('out[id.x] = table[id.x * 5u];', [0], 8, 'const table = array(1.0, 2.0, 3.0);');
  });

  test('a read out of range gives a value of the binding or zero', () => {
    const out = run('out[id.x] = given[id.x + 100u];', [1, 2, 3, 4], 8);
    for (const value of out) expect([0, 1, 2, 3, 4]).toContain(value);
  });

  test('arrayLength counts whole elements', () => {
    const out = new Float32Array(8);
    runKernel(
      `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
       @group(0) @binding(1) var<storage> list: array<vec3f>;
       struct Tail { n: u32, list: array<vec2f> }
       @group(0) @binding(2) var<storage> tail: Tail;
       ${MAIN} { out[id.x] = f32(arrayLength(&list) * 100u + arrayLength(&tail.list)) + f32(arrayLength(&out)) / 10.0; }`,
      { buffers: { out, list: new Float32Array(22), tail: new Float32Array(9) } },
    );
    expect(out[0]).toBeCloseTo(503.8, 3);
  });
});

const BODY = `struct Body { at: vec3f, mass: f32, velocity: vec2f, marks: array<u32, 3>, inner: Inner }
struct Inner { a: f32, b: vec2f }`;

describe('structs', () => {
  test.each([
    ['row-major', []],
    ['interleaved', ['bodies']],
  ])('%s: whole values, members, nested arrays', (_, interleaved) => {
    // Body: at 0, mass 12, velocity 16, marks 24, inner 40 (a 40, b 48), 64 bytes.
    const words = 16;
    const bodies = Float32Array.from({ length: words * 10 }, (_, i) => i / 4);
    const before = bodies.slice();
    runKernel(
      `${BODY}
       @group(0) @binding(0) var<storage, read_write> bodies: array<Body>;
       fn push(body: ptr<function, Body>, by: vec3f) { (*body).at += by; (*body).marks[1] = 7u; }
       @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
         var body = bodies[id.x];
         push(&body, vec3f(1.0, 2.0, 3.0) * body.mass);
         body.inner.b = body.velocity.yx;
         body.velocity.x = body.inner.a;
         bodies[id.x] = body;
       }`,
      { buffers: { bodies }, interleaved: interleaved, groups: [2, 1, 1] },
    );
    const marks = new Uint32Array(bodies.buffer);
    for (let i = 0; i < 10; i++) {
      const b = before.subarray(i * words, (i + 1) * words);
      const want = b.slice();
      if (i < 8) {
        const mass = b[3]!;
        want.set([b[0]! + mass, b[1]! + 2 * mass, b[2]! + 3 * mass]);
        want.set([b[5]!, b[4]!], 12);
        want[4] = b[10]!;
        expect(marks[i * words + 7]).toBe(7);
        want[7] = bodies[i * words + 7]!;
      }
      const fields = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13];
      expect(fields.map((k) => bodies[i * words + k])).toEqual(fields.map((k) => want[k]));
    }
  });

  test('an element is written member by member', () => {
    const bodies = new Float32Array(16 * 4);
    runKernel(
      `${BODY}
       @group(0) @binding(0) var<storage, read_write> bodies: array<Body>;
       @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
         bodies[id.x].at.y = f32(id.x);
         bodies[id.x].inner.b.x += 2.0;
         bodies[id.x].marks[id.x % 3u] = id.x + 1u;
         bodies[3u - id.x].mass = f32(id.x) * 10.0;
       }`,
      { buffers: { bodies } },
    );
    const marks = new Uint32Array(bodies.buffer);
    expect(range(4, (i) => bodies[i * 16 + 1]!)).toEqual([0, 1, 2, 3]);
    expect(range(4, (i) => bodies[i * 16 + 12]!)).toEqual([2, 2, 2, 2]);
    expect(range(4, (i) => marks[i * 16 + 6 + (i % 3)]!)).toEqual([1, 2, 3, 4]);
    expect(range(4, (i) => bodies[i * 16 + 3]!)).toEqual([30, 20, 10, 0]);
  });

  test('uniforms', () => {
    const out = new Float32Array(8);
    runKernel(
      `struct Rules { a: f32, n: u32, v: vec2f, list: array<vec4f, 2> }
       @group(0) @binding(0) var<storage, read_write> out: array<f32>;
       @group(0) @binding(1) var<uniform> rules: Rules;
       ${MAIN} { out[id.x] = rules.a + rules.v.y + rules.list[id.x & 1u].z + f32(rules.n); }`,
      { buffers: { out, rules: Float32Array.of(1, 0, 10, 20, 1, 2, 300, 4, 5, 6, 700, 8) } },
    );
    expect([...out]).toEqual(range(8, (i) => 21 + (i % 2 === 0 ? 300 : 700)));
  });

  test('results and constants of struct type', () => {
    expect(
      run(
        'let p = make(given[id.x]); let q = PAIRS[id.x & 1u]; out[id.x] = p.a * 100.0 + p.b.y + q.b.x;',
        range(8, (i) => i),
        8,
        `struct Pair { a: f32, b: vec2f }
         const PAIRS = array(Pair(1.0, vec2f(0.25)), Pair(2.0, vec2f(0.5)));
         fn make(x: f32) -> Pair { if x > 3.0 { return Pair(x, vec2f(1.0, 2.0)); } var p: Pair; p.b.y = x; return p; }`,
      ),
    ).toEqual(range(8, (i) => (i > 3 ? i * 100 + 2 : i) + (i % 2 === 0 ? 0.25 : 0.5)));
  });
});

describe('local arrays', () => {
  test('with indexes of each lane’s own', () => {
    expect(
      run(
        'var list: array<f32, 8>; for (var i = 0u; i < 8u; i++) { list[(i * id.x) % 8u] += given[i]; } out[id.x] = list[id.x] * 1000.0 + list[0];',
        range(8, (i) => i + 1),
        8,
      ),
    ).toEqual(
      range(8, (x) => {
        const list = range(8, () => 0);
        for (let i = 0; i < 8; i++) list[(i * x) % 8]! += i + 1;
        return list[x]! * 1000 + list[0]!;
      }),
    );
  });

  test('of structs, copied and compared', () => {
    expect(
      run(
        'var a: array<Pair, 3>; a[id.x % 3u] = Pair(1.0, vec2f(given[id.x])); var b = a; b[0].a += 5.0; out[id.x] = a[0].a + 10.0 * b[0].a + b[id.x % 3u].b.y;',
        range(8, (i) => i * 100),
        8,
        'struct Pair { a: f32, b: vec2f }',
      ),
    ).toEqual(range(8, (i) => (i % 3 === 0 ? 1 : 0) + 10 * (5 + (i % 3 === 0 ? 1 : 0)) + i * 100));
  });

  test('sorted', () => {
    const given = [5, 3, 8, 1, 9, 2, 7, 4];
    expect(
      run(
        `var list: array<f32, 8>;
           for (var i = 0u; i < 8u; i++) { list[i] = given[(i + id.x) % 8u]; }
           for (var i = 0u; i < 7u; i++) { for (var j = 0u; j < 7u - i; j++) {
             if list[j] > list[j + 1u] { let t = list[j]; list[j] = list[j + 1u]; list[j + 1u] = t; } } }
           out[id.x] = list[id.x];`,
        given,
        8,
      ),
    ).toEqual(given.toSorted((a, b) => a - b));
  });
});

describe('vectors and matrices', () => {
  test('swizzles, components, construction', () => {
    expect(
      run(
        'var v = vec3f(given[id.x], 2.0, 3.0); v.y = v.x; let w = vec4f(v.zx, 5.0, v.y); v[id.x % 3u] += 100.0; out[id.x] = v.x + v.y * 10.0 + w.x + w.w + w.rgb.b;',
        range(8, (i) => i),
        8,
      ),
    ).toEqual(
      range(8, (i) => {
        const v = [i, i, 3];
        const w = 3 + i + 5;
        v[i % 3]! += 100;
        return v[0]! + v[1]! * 10 + w;
      }),
    );
  });

  test('matrix products', () => {
    expect(
      run(
        'let m = mat2x3f(1.0, 2.0, 3.0, given[id.x], 5.0, 6.0); let v = m * vec2f(1.0, 2.0); let t = transpose(m) * v; let p = m * mat2x2f(0.0, 1.0, 1.0, 0.0); out[id.x] = v.x + v.y * 10.0 + t.y + p[0].x * 1000.0 + determinant(mat2x2f(1.0, 2.0, 3.0, given[id.x]));',
        range(8, (i) => i),
        8,
      ),
    ).toEqual(
      range(8, (g) => {
        const v = [1 + 2 * g, 12, 15];
        return v[0]! + 120 + (g * v[0]! + 5 * 12 + 6 * 15) + g * 1000 + (g - 6);
      }),
    );
  });

  test('componentwise choices', () => {
    expect(
      run(
        'let v = vec4f(0.0, 1.0, 2.0, 3.0) * given[id.x]; let s = select(vec4f(), v, v > vec4f(4.0)); out[id.x] = dot(s, vec4f(1.0)) + f32(any(v > vec4f(9.0))) + f32(all(v >= vec4f(0.0)));',
        range(8, (i) => i),
        8,
      ),
    ).toEqual(
      range(8, (g) => {
        const v = [0, g, 2 * g, 3 * g];
        return v.filter((x) => x > 4).reduce((a, b) => a + b, 0) + Number(v.some((x) => x > 9)) + 1;
      }),
    );
  });
});

test('bools indexed by a value are true whatever stored them', () => {
  const more = 'struct Flags { many: array<bool, 20> }';
  const body = `var f: Flags; f.many[id.x % 3u] = true; f.many[id.x + 4u] = given[id.x] > 2.0;
    out[id.x] = select(0.0, 1.0, f.many[id.x % 3u]) + select(0.0, 2.0, f.many[id.x + 4u]);`;
  const given = range(8, (i) => i);
  expect(run(body, given, 8, more)).toEqual(range(8, (i) => (i > 2 ? 3 : 1)));
});

describe('large composites', () => {
  const STRUCTS = `struct Part { flags: array<bool, 3>, x: f32, v: vec3f }
    struct Big { parts: array<Part, 12>, words: array<u32, 30> }
    struct Row { cells: array<vec2f, 50>, tail: f32 }
    @group(0) @binding(2) var<storage, read_write> rows: array<Row>;`;

  test('begin as zeros in every round, and are copied whole, each lane its own', () => {
    const out = run(
      `for (var round = 0u; round < 3u; round++) {
        var big: Big;
        big.parts[id.x].x += f32(id.x) + 1.0;
        big.parts[11].flags[id.x % 3u] = true;
        var copy = big;
        copy.words[id.x] = 7u;
        if (id.x % 2u == 0u) { big = copy; }
        out[id.x] += big.parts[id.x].x + f32(big.words[id.x]) * 100.0
          + select(0.0, 0.5, copy.parts[11].flags[id.x % 3u]) + select(0.0, 1e4, big.parts[10].flags[1]);
        big = Big();
        out[id.x] += big.parts[id.x].x;
      }`,
      [],
      8,
      `struct Part { flags: array<bool, 3>, x: f32, v: vec3f }
       struct Big { parts: array<Part, 12>, words: array<u32, 30> }`,
    );
    expect(out).toEqual(range(8, (i) => 3 * (i + 1 + (i % 2 === 0 ? 700 : 0) + 0.5)));
  });

  test.each([[], ['rows']])('move between buffers and variables (interleaved: %s)', (...names) => {
    const rows = Float32Array.from(range(8 * 102, (i) => (i % 102 === 101 ? 0 : i)));
    const before = rows.slice();
    const out = new Float32Array(8);
    runKernel(
      `${HEADER} ${STRUCTS}
      ${MAIN} {
        var row = rows[id.x];
        row.cells[id.x].y = -1.0;
        row.tail = given[0];
        if (id.x != 3u) { rows[id.x] = row; }
        let p = &rows[id.x];
        row = *p;
        out[id.x] = row.cells[id.x].y;
      }`,
      { buffers: { out, given: Float32Array.of(9), rows }, interleaved: names },
    );
    expect([...out]).toEqual(range(8, (i) => (i === 3 ? before[3 * 102 + 7]! : -1)));
    const wanted = before.map((word, i) => {
      const row = Math.floor(i / 102);
      if (row === 3) return word;
      if (i % 102 === 100) return 9;
      return i % 102 === 2 * row + 1 ? -1 : word;
    });
    expect([...rows]).toEqual([...wanted]);
  });
});
