/** What a generation reports: plain data, ready to be posted to a page. */
export type GenerationReport = {
  /** Generations done, this one included. */
  readonly generation: number;
  /** Ticks of all worlds since training began, earlier sessions included. */
  readonly steps: number;
  /** Fitness of the members: goals scored less goals conceded per game, and shaping while it lasts. */
  readonly fitness: { readonly mean: number; readonly best: number };
  /** Goals per member and minute of play. */
  readonly goalsPerMinute: { readonly scored: number; readonly conceded: number };
  /**
   * Games of the mean player against the scripted bot in the latest generations (a game is one
   * world's play in one generation): share won, draws counting half. Null: nobody to play against.
   */
  readonly winRate: number | null;
  /** The same games of this generation alone. */
  readonly games: Games;
  /** Return of the mean player in this generation, over its evaluation worlds. */
  readonly meanReturn: number;
  readonly poolCount: number; // earlier versions among the opponents
  /** Seconds of this generation: all of it, and of that, its parts. 0 without a clock. */
  readonly seconds: {
    readonly total: number;
    readonly prepare: number; // noise, opponents, fresh starts
    readonly play: number; // environment and policies
    readonly learn: number; // fitness, ranks, gradient, Adam
  };
  /** Ticks of all worlds per second in this generation. 0 without a clock. */
  readonly stepsPerSecond: number;
};

export type Games = { readonly won: number; readonly drawn: number; readonly lost: number };

/** Won share of the games, draws counting half; null where there were none. */
export function winRateOf(games: readonly Games[]): number | null {
  let points = 0;
  let count = 0;
  for (const { won, drawn, lost } of games) {
    points += won + drawn / 2;
    count += won + drawn + lost;
  }
  return count === 0 ? null : points / count;
}
