/** The toy text tasks: grids from above. */
import type { Drawing, Point, Sheet } from './sheet.ts';

type Grid = { readonly rows: number; readonly columns: number };

/** The middle of a cell; row 0 is at the top. */
function middle({ rows }: Grid, row: number, column: number): Point {
  return [column + 0.5, rows - row - 0.5];
}

function beginGrid(sheet: Sheet, grid: Grid, colourOf: (cell: number) => string): void {
  const { rows, columns } = grid;
  sheet.begin({ left: 0, right: columns, bottom: 0, top: rows });
  for (let cell = 0; cell < rows * columns; cell++) {
    const [x, y] = middle(grid, Math.floor(cell / columns), cell % columns);
    sheet.box(x - 0.47, y - 0.47, [0.94, 0.94], colourOf(cell));
  }
}

const HOLES_4 = new Set([5, 7, 11, 12]);
const HOLES_8 = new Set([19, 29, 35, 41, 42, 46, 49, 52, 54, 59]);

export function frozenLake(size: 4 | 8): Drawing {
  const holes = size === 4 ? HOLES_4 : HOLES_8;
  const grid = { rows: size, columns: size };
  const goal = size * size - 1;
  return (sheet, { value }) => {
    const { colours } = sheet;
    beginGrid(sheet, grid, (cell) => {
      if (holes.has(cell)) return colours.soft;
      return cell === goal ? colours.green : colours.line;
    });
    walker(sheet, grid, value('cell'));
  };
}

function walker(sheet: Sheet, grid: Grid, cell: number): void {
  const at = middle(grid, Math.floor(cell / grid.columns), cell % grid.columns);
  sheet.disc(at, 0.3, sheet.colours.ground);
  sheet.disc(at, 0.24, sheet.colours.blue);
}

export const cliffWalking: Drawing = (sheet, { value }) => {
  const grid = { rows: 4, columns: 12 };
  const { colours } = sheet;
  beginGrid(sheet, grid, (cell) => {
    if (cell > 36 && cell < 47) return colours.soft;
    return cell === 47 ? colours.green : colours.line;
  });
  walker(sheet, grid, value('cell'));
};

const PLACES: readonly (readonly [row: number, column: number, letter: string])[] = [
  [0, 0, 'R'],
  [0, 4, 'G'],
  [4, 0, 'Y'],
  [4, 3, 'B'],
];
/** Cells with a wall on their right: bits of taxi.wgsl's WALLS. */
const WALLS = [1, 6, 15, 17, 20, 22];
const IN_TAXI = 4;

export const taxi: Drawing = (sheet, { value }) => {
  const grid = { rows: 5, columns: 5 };
  const { colours } = sheet;
  const code = value('code');
  const [destination, passenger] = [code & 3, (code >> 2) % 5];
  const cell = Math.floor((code >> 2) / 5);
  beginGrid(sheet, grid, () => colours.line);
  for (const [i, [row, column, letter]] of PLACES.entries()) {
    const [x, y] = middle(grid, row, column);
    if (i === destination) sheet.box(x - 0.47, y - 0.47, [0.94, 0.94], colours.green);
    sheet.word([x, y], letter, colours.text);
    if (i === passenger) sheet.disc([x + 0.28, y + 0.28], 0.14, colours.orange);
  }
  for (const wall of WALLS) {
    const [x, y] = middle(grid, Math.floor(wall / 5), wall % 5);
    sheet.line([[x + 0.5, y - 0.5], [x + 0.5, y + 0.5]], { colour: colours.text, width: 4 }); // prettier-ignore
  }
  const [x, y] = middle(grid, Math.floor(cell / 5), cell % 5);
  sheet.box(x - 0.3, y - 0.2, [0.6, 0.4], colours.blue);
  if (passenger === IN_TAXI) sheet.disc([x, y], 0.14, colours.orange);
};
