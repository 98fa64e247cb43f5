import { describe, expect, test } from 'vitest';
import { evaluate, runKernel } from './run-kernel.ts';

const I32 = { input: 'i32', output: 'i32' } as const;

/** A function f(a, b, c) of i32 against the same in JavaScript, on inputs that part the lanes. */
function compare(
  body: string,
  expected: (a: number, b: number, c: number) => number,
  more = '',
): void {
  const inputs: [number, number, number][] = [];
  for (let i = 0; i < 64; i++) inputs.push([(i * 7) % 11, (i * 5) % 13, (i % 7) - 3]);
  const declarations = `${more}\nfn f(a: i32, b: i32, c: i32) -> i32 {\n${body}\n}`;
  const out = evaluate('f(a, b, c)', I32, inputs, declarations);
  expect(out).toEqual(inputs.map(([a, b, c]) => expected(a, b, c)));
}

describe('branches part the lanes and join them', () => {
  test('if and else', () => {
    compare(
      'var r = 0; if a > 5 { r = a; } else if b > 6 { r = b * 2; } else { r = c; } return r;',
      (a, b, c) => (a > 5 ? a : b > 6 ? b * 2 : c),
    );
  });

  test('early return', () => {
    compare(
      'if a == 3 { return b; } if (b < 4) { if c > 0 { return -1; } } return a + c;',
      (a, b, c) => (a === 3 ? b : b < 4 && c > 0 ? -1 : a + c),
    );
  });

  test('early return out of loops', () => {
    compare(
      `for (var i = 0; i < a; i++) {
         for (var j = 0; j < b; j++) { if (i * j == 12) { return i * 100 + j; } }
         if i == 7 { return -7; }
       }
       return c;`,
      (a, b, c) => {
        for (let i = 0; i < a; i++) {
          for (let j = 0; j < b; j++) if (i * j === 12) return i * 100 + j;
          if (i === 7) return -7;
        }
        return c;
      },
    );
  });

  test('after a return nothing more is written', () => {
    const out = new Int32Array(8);
    runKernel(
      `@group(0) @binding(0) var<storage, read_write> out: array<i32>;
       @compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
         out[id.x] = 1;
         if (id.x & 1u) == 0u { return; }
         out[id.x] = 2;
         for (var i = 0u; i < id.x; i++) { if i == 4u { return; } out[id.x] += 10; }
         out[id.x] += 100;
       }`,
      { buffers: { out } },
    );
    expect([...out]).toEqual([1, 112, 1, 132, 1, 42, 1, 42]);
  });
});

describe('loops run as long as any lane needs', () => {
  test('a count of its own for every lane', () => {
    compare(
      'var r = 0; for (var i = 0; i < a; i++) { r += i * b; } return r;',
      (a, b) => (b * a * (a - 1)) / 2 + 0,
    );
  });

  test('break and continue', () => {
    compare(
      `var r = 0;
       for (var i = 0; i < 20; i++) {
         if i == a { continue; }
         if i > b { break; }
         r += i;
         if (r > 40) { r -= 100; break; }
       }
       return r;`,
      (a, b) => {
        let r = 0;
        for (let i = 0; i < 20; i++) {
          if (i === a) continue;
          if (i > b) break;
          r += i;
          if (r > 40) {
            r -= 100;
            break;
          }
        }
        return r;
      },
    );
  });

  test('nested, with breaks of the inner one', () => {
    compare(
      `var r = 0;
       for (var i = 0; i < a; i++) {
         var j = 0;
         while j < 10 {
           j++;
           if j == i { continue; }
           if (j > b) { break; }
           r += j;
         }
         if r > 60 { break; }
       }
       return r;`,
      (a, b) => {
        let r = 0;
        for (let i = 0; i < a; i++) {
          let j = 0;
          while (j < 10) {
            j++;
            if (j === i) continue;
            if (j > b) break;
            r += j;
          }
          if (r > 60) break;
        }
        return r;
      },
    );
  });

  test('loop with continuing and break if', () => {
    compare(
      `var r = a; var n = 0;
       loop {
         if r % 2 == 0 { r = r / 2; continue; }
         r = r * 3 + 1;
         continuing { n++; break if n > 6 || r == 1; }
       }
       return r * 100 + n;`,
      (a) => {
        let r = a;
        let n = 0;
        do {
          r = r % 2 === 0 ? r / 2 : r * 3 + 1;
          n++;
        } while (!(n > 6 || r === 1));
        return r * 100 + n;
      },
    );
  });

  test('loop with a break inside', () => {
    compare('var r = a; loop { r += 3; if r > b { break; } } return r;', (a, b) => {
      let r = a;
      for (;;) {
        r += 3;
        if (r > b) return r;
      }
    });
  });

  test('constant bounds', () => {
    compare(
      'var r = 1; for (var i = 0; i < 5; i++) { for (var j = i; j < 5; j++) { r = r * 3 + a + j; } } return r;',
      (a) => {
        let r = 1;
        for (let i = 0; i < 5; i++) for (let j = i; j < 5; j++) r = (Math.imul(r, 3) + a + j) | 0;
        return r;
      },
    );
  });

  test('a variable declared in a loop begins anew', () => {
    compare(
      'var r = 0; for (var i = 0; i < 4; i++) { var x: i32; x += a; r += x; } return r;',
      (a) => 4 * a,
    );
  });

  test('a loop that no lane enters', () => {
    compare('var r = c; for (var i = 100; i < a; i++) { r = 0; } return r;', (_a, _b, c) => c);
  });
});

describe('switch', () => {
  test('lanes take their own case', () => {
    compare(
      'var r = 0; switch c { case 1: { r = a; } case 2, -1: { r = b; } default: { r = 7; } case 3 {} } return r;',
      (a, b, c) => (c === 1 ? a : c === 2 || c === -1 ? b : c === 3 ? 0 : 7),
    );
  });

  test('break leaves the switch, continue the loop around it', () => {
    compare(
      `var r = 0;
       for (var i = 0; i < 6; i++) {
         switch i + c {
           case 0: { continue; }
           case 1: { if a > 4 { break; } r += 10; }
           case 2, default: { r += 100; }
           case 3: { if b > 6 { return r; } }
         }
         r += 1;
       }
       return r;`,
      (a, b, c) => {
        let r = 0;
        for (let i = 0; i < 6; i++) {
          const x = i + c;
          if (x === 0) continue;
          if (x === 1) {
            if (a <= 4) r += 10;
          } else if (x === 3) {
            if (b > 6) return r;
          } else r += 100;
          r += 1;
        }
        return r;
      },
    );
  });

  test('of a constant', () => {
    compare(
      'switch 2 { case 1: { return a; } case 2: { return b; } default: { return c; } }',
      (_a, b) => b,
    );
  });
});

const g = (x: number): number => (x > 2 ? x * x : 0 - x);

describe('functions', () => {
  test('calls within branches keep the lanes apart', () => {
    compare(
      'if a > 4 { return g(b) + g(c); } return g(a);',
      (a, b, c) => {
        return a > 4 ? g(b) + g(c) : g(a);
      },
      'fn g(x: i32) -> i32 { if x > 2 { return x * x; } return -x; }',
    );
  });

  test('pointers write through', () => {
    compare(
      'var p = vec2(a, b); var list = array(1, 2, 3); swap(&p); add(&list[1], c); add(&list[0], list[1]); return p.x * 100 + p.y + list[0] * 10000;',
      (a, b, c) => b * 100 + a + (3 + c) * 10000,
      `fn swap(p: ptr<function, vec2i>) { *p = (*p).yx; }
       fn add(p: ptr<function, i32>, by: i32) { if by > 0 { *p += by; return; } *p = *p + by; }`,
    );
  });

  test('a short-circuit guards what follows', () => {
    compare(
      'let found = a != 0 && g(&count, b) > 3; return i32(found) + 10 * count;',
      (a, b) => Number(a !== 0 && b > 3) + 10 * Number(a !== 0),
      'var<private> count: i32; fn g(p: ptr<private, i32>, b: i32) -> i32 { *p += 1; return b; }',
    );
  });

  test('private variables are every lane’s own', () => {
    compare(
      'state = a; bump(b); bump(c); return state;',
      (a, b, c) => a + b + c + 2,
      'var<private> state: i32 = 5; fn bump(by: i32) { state += by + 1; }',
    );
  });

  test('arguments are values', () => {
    compare(
      'var x = a; let y = g(x) + x; x = y; return x;',
      (a) => a * 2 + a,
      'fn g(x: i32) -> i32 { var y = x; y *= 2; return y; }',
    );
  });
});
