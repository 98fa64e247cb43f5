// FrozenLake-v1 of Gymnasium: over the ice to the goal, around the holes; ice may be slippery.

const SIZE = 4u; // 4 or 8

// One bit for each hole, by cell = row * SIZE + column.
//   4x4: SFFF FHFH FFFH HFFG     8x8: the map of Gymnasium's FrozenLake8x8-v1
const HOLES_4 = 0x18a0u;
const HOLES_8_UPPER = 0x20080000u; // rows 0 .. 3
const HOLES_8_LOWER = 0x08524608u; // rows 4 .. 7

struct State {
  cell: u32,
}

struct Observation {
  cell: i32,
}

alias Action = i32; // 0 left, 1 down, 2 right, 3 up

struct Rules {
  stepsMax: u32,
  slippery: u32, // 1: the way taken is the one meant or one of the two across, a third each
}

fn start(luck: ptr<function, Luck>) -> State {
  return State(0u);
}

fn isHole(cell: u32) -> bool {
  let of8 = select(HOLES_8_LOWER, HOLES_8_UPPER, cell < 32u);
  let holes = select(of8, HOLES_4, SIZE == 4u);
  return ((holes >> (cell & 31u)) & 1u) == 1u;
}

fn isOver(cell: u32) -> bool {
  return cell == SIZE * SIZE - 1u || isHole(cell);
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let slip = below(luck, 3u) + 3u; // -1, 0, 1 modulo 4
  let way = select(u32(action), (u32(action) + slip) & 3u, rules.slippery == 1u);
  let row = (*state).cell / SIZE;
  let column = (*state).cell % SIZE;
  let nextRow = select(row, min(row + 1u, SIZE - 1u), way == 1u);
  let nextColumn = select(column, min(column + 1u, SIZE - 1u), way == 2u);
  let up = select(nextRow, max(nextRow, 1u) - 1u, way == 3u);
  let aside = select(nextColumn, max(nextColumn, 1u) - 1u, way == 0u);
  let here = (*state).cell;
  // From a hole and from the goal there is no way on, and no more reward.
  let over = isOver(here);
  let cell = select(up * SIZE + aside, here, over);
  *state = State(cell);
  let arrived = !over && cell == SIZE * SIZE - 1u;
  return Outcome(select(0.0, 1.0, arrived), isOver(cell));
}

fn look(state: State) -> Observation {
  return Observation(i32(state.cell));
}
