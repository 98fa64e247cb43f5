// CliffWalking-v1 of Gymnasium: along a cliff to the goal (Sutton and Barto, example 6.6).

const ROWS = 4u;
const COLUMNS = 12u;
const START = 36u; // bottom left
const GOAL = 47u; // bottom right; between them the cliff

struct State {
  cell: u32,
}

struct Observation {
  cell: i32,
}

alias Action = i32; // 0 up, 1 right, 2 down, 3 left

struct Rules {
  stepsMax: u32,
  slippery: u32, // 1: the way taken is the one meant or one of the two across, a third each
}

fn start(luck: ptr<function, Luck>) -> State {
  return State(START);
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let slip = below(luck, 3u) + 3u; // -1, 0, 1 modulo 4
  let way = select(u32(action), (u32(action) + slip) & 3u, rules.slippery == 1u);
  let row = (*state).cell / COLUMNS;
  let column = (*state).cell % COLUMNS;
  let down = select(row, min(row + 1u, ROWS - 1u), way == 2u);
  let right = select(column, min(column + 1u, COLUMNS - 1u), way == 1u);
  let up = select(down, max(down, 1u) - 1u, way == 0u);
  let aside = select(right, max(right, 1u) - 1u, way == 3u);
  let cell = up * COLUMNS + aside;
  let fell = cell > START && cell < GOAL;
  *state = State(select(cell, START, fell));
  return Outcome(select(-1.0, -100.0, fell), cell == GOAL);
}

fn look(state: State) -> Observation {
  return Observation(i32(state.cell));
}
