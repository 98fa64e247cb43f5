/** The grammar of README.md, printed from the codecs that run. */
import { text } from './codec.ts';
import { COMMAND_GRAMMAR, RESULT_GRAMMAR, STRUCT_GRAMMAR } from './commands.ts';
import { DOCUMENT_GRAMMAR, FRAME_GRAMMAR } from './frame.ts';
import {
  MEMBERS_WIRE_MAX,
  NAME_CHARS_MAX,
  PEER_CHARS_MAX,
  TAG_CHARS_MAX,
  TAGS_MAX,
} from './limits.ts';
import { ENTRY_GRAMMAR, MESSAGE_GRAMMAR } from './messages.ts';

const COLUMNS = 140;

const HEADER = 'from Peer, to Peer, term int';
const NAMES = [
  `Peer := ${text(PEER_CHARS_MAX).grammar}`,
  `Name := ${text(NAME_CHARS_MAX).grammar}`,
  `Tag := ${text(TAG_CHARS_MAX).grammar}`,
  `Tags := [Tag](${TAGS_MAX})`,
  `Peers := [Peer](${MEMBERS_WIRE_MAX})`,
  `header := ${HEADER}`,
  'Configuration := (voters Peers, votersOutgoing Peers, learners Peers)',
  'EpochCertificate := (epoch int, baseIndex int, baseTerm int, voters Peers, learners Peers)',
  'UpdateId := (origin Peer, sequence int)',
];

/** Each union as a paragraph: `Name := 0 first(field grammar, ...) | 1 second | ...`. */
export function grammarText(): string {
  return [
    ...wrap(NAMES.join('; ')),
    ...STRUCT_GRAMMAR.flatMap((line) => wrap(line)),
    ...paragraph('Frame', FRAME_GRAMMAR),
    ...paragraph('Message', MESSAGE_GRAMMAR),
    ...paragraph('Entry', ENTRY_GRAMMAR),
    ...paragraph('DocumentMessage', DOCUMENT_GRAMMAR),
    ...paragraph('Command', COMMAND_GRAMMAR),
    ...paragraph('Result', RESULT_GRAMMAR),
  ].join('\n');
}

function paragraph(name: string, variants: readonly string[]): string[] {
  const compact = variants.map((line) => {
    const [head, ...rest] = line.trim().split(': ');
    return rest.length === 0 ? head! : `${head}(${rest.join(': ')})`;
  });
  return wrap(`${name} := ${compact.join(' | ')}`.replaceAll(HEADER, 'header'));
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > COLUMNS) {
      lines.push(line);
      line = ` ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
