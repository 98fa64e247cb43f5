// Taxi-v4 of Gymnasium: fetch a passenger and bring them where they want to go (Dietterich 2000).
// State ((row * 5 + column) * 5 + passenger) * 4 + destination; passenger 4 is in the taxi. Places:
// 0 red (0, 0), 1 green (0, 4), 2 yellow (4, 0), 3 blue (4, 3).

const IN_TAXI = 4u;
// One bit for each cell row * 5 + column with a wall on its right-hand side.
const WALLS = 0x00528042u;

struct State {
  code: u32,
}

struct Observation {
  code: i32,
}

alias Action = i32; // 0 south, 1 north, 2 east, 3 west, 4 pick up, 5 drop off

struct Rules {
  stepsMax: u32,
}

fn encode(cell: u32, passenger: u32, destination: u32) -> State {
  return State((cell * 5u + passenger) * 4u + destination);
}

fn start(luck: ptr<function, Luck>) -> State {
  let cell = below(luck, 25u);
  let passenger = below(luck, 4u);
  // Anywhere else.
  let destination = (passenger + 1u + below(luck, 3u)) & 3u;
  return encode(cell, passenger, destination);
}

// The place at a cell, or 4.
fn placeAt(cell: u32) -> u32 {
  let lower = select(select(IN_TAXI, 3u, cell == 23u), 2u, cell == 20u);
  return select(select(lower, 1u, cell == 4u), 0u, cell == 0u);
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let destination = (*state).code & 3u;
  let passenger = ((*state).code >> 2u) % 5u;
  let cell = ((*state).code >> 2u) / 5u;
  let row = cell / 5u;
  let column = cell % 5u;
  var to = cell;
  to = select(to, cell + 5u, action == 0 && row < 4u);
  to = select(to, cell - 5u, action == 1 && row > 0u);
  let eastOpen = column < 4u && ((WALLS >> cell) & 1u) == 0u;
  to = select(to, cell + 1u, action == 2 && eastOpen);
  let westOpen = column > 0u && ((WALLS >> (max(cell, 1u) - 1u)) & 1u) == 0u;
  to = select(to, cell - 1u, action == 3 && westOpen);
  let place = placeAt(cell);
  let picks = action == 4 && passenger != IN_TAXI && place == passenger;
  let drops = action == 5 && passenger == IN_TAXI && place != IN_TAXI;
  let delivers = drops && place == destination;
  let carried = select(passenger, IN_TAXI, picks);
  *state = encode(to, select(carried, place, drops), destination);
  let illegal = (action == 4 && !picks) || (action == 5 && !drops);
  return Outcome(select(select(-1.0, -10.0, illegal), 20.0, delivers), delivers);
}

fn look(state: State) -> Observation {
  return Observation(i32(state.code));
}
