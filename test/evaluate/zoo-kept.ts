/** The table of zoo.ts from the runs that are kept, without training any. */
import { evaluate as zoo } from './zoo.ts';

export const evaluate = () => zoo({ trains: false });
