/**
 * A text field for code: line numbers, colours behind it, the lines of problems marked. It is a plain
 * textarea, so that everything that reads, zooms, dictates or corrects text works in it.
 */
import type { FileProblem } from '@dreampitch/sim';
import type { KeyboardEvent } from 'react';
import { memo, useId, useImperativeHandle, useRef } from 'react';
import type { Ref } from 'react';
import { spansOf } from './highlight.ts';

const LINE_PX = 20; // as --code-line

/** As typing does it, so that undo takes it back. */
function insert(field: HTMLTextAreaElement, text: string): void {
  // oxlint-disable-next-line typescript/no-deprecated -- it has no successor: any other change of a field's text empties its undo history
  if (document.execCommand('insertText', false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

function lineStart(field: HTMLTextAreaElement): number {
  return field.value.lastIndexOf('\n', field.selectionStart - 1) + 1;
}

function indent(field: HTMLTextAreaElement, back: boolean): void {
  if (!back) return insert(field, '  ');
  const start = lineStart(field);
  const spaces = /^ {0,2}/.exec(field.value.slice(start))![0].length;
  if (spaces === 0) return;
  const [from, to] = [field.selectionStart, field.selectionEnd];
  field.setSelectionRange(start, start + spaces);
  insert(field, '');
  field.setSelectionRange(Math.max(start, from - spaces), Math.max(start, to - spaces));
}

/** A new line begins where the one before did, or deeper behind a bracket. */
function breakLine(field: HTMLTextAreaElement): void {
  const before = field.value.slice(lineStart(field), field.selectionStart);
  const deeper = /[{(]\s*$/.test(before) ? '  ' : '';
  insert(field, `\n${/^ */.exec(before)![0]}${deeper}`);
}

function press(event: KeyboardEvent<HTMLTextAreaElement>, leaving: { current: boolean }): void {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === 'Escape') leaving.current = true;
  else if (event.key === 'Tab' && plain && !leaving.current) {
    event.preventDefault();
    indent(event.currentTarget, event.shiftKey);
  } else if (event.key === 'Enter' && plain && !event.nativeEvent.isComposing) {
    event.preventDefault();
    breakLine(event.currentTarget);
  } else if (event.key !== 'Tab' && event.key !== 'Shift') leaving.current = false;
}

const CodeLine = memo(function CodeLine({ line }: { line: string }) {
  return (
    <>
      {spansOf(line).map(({ column, kind, text }) => (
        <span key={column} className={kind === 'plain' ? undefined : `code-${kind}`}>
          {text}
        </span>
      ))}
    </>
  );
});

/** A line is known by its number. */
const numbered = (lines: readonly string[]) => lines.map((line, i) => ({ line, number: i + 1 }));

type LinesProps = { lines: readonly string[]; marked: ReadonlyMap<number, string> };

function Gutter({ lines, marked }: LinesProps) {
  return (
    <div className="code-gutter" aria-hidden="true">
      {numbered(lines).map(({ number }) => (
        <div
          key={number}
          data-problem={marked.has(number) ? '' : undefined}
          title={marked.get(number)}
        >
          {number}
        </div>
      ))}
    </div>
  );
}

function Colours({ lines, marked }: LinesProps) {
  return (
    <pre className="code-colours" aria-hidden="true">
      {numbered(lines).map(({ line, number }) => (
        <div key={number} data-problem={marked.has(number) ? '' : undefined}>
          <CodeLine line={line} />
          {line === '' && ' '}
        </div>
      ))}
    </pre>
  );
}

export type CodeEditorHandle = { goTo(line: number, column: number): void };

export type CodeEditorProps = {
  label: string;
  text: string;
  problems: readonly FileProblem[];
  describedBy: string;
  onEdit: (text: string) => void;
  handle: Ref<CodeEditorHandle>;
};

export function CodeEditor(props: CodeEditorProps) {
  const { label, text, problems, describedBy, onEdit, handle } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  // Escape lets the next Tab leave the field.
  const leaving = useRef(false);
  const hint = useId();
  const lines = text.split('\n');
  const marked = new Map(problems.map((problem) => [problem.line, problem.message]));
  const widest = lines.reduce((most, line) => Math.max(most, line.length), 0);

  useImperativeHandle(handle, () => ({
    goTo(line, column) {
      const element = field.current!;
      const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      const at = Math.min(before + column - 1, text.length);
      element.focus({ preventScroll: true });
      element.setSelectionRange(at, at);
      const box = scroller.current!;
      box.scrollIntoView({ block: 'nearest' });
      box.scrollTo({ top: Math.max(0, line * LINE_PX - box.clientHeight / 2), left: 0 });
    },
  }));

  return (
    <div className="code" ref={scroller}>
      <Gutter lines={lines} marked={marked} />
      <div className="code-page" style={{ minWidth: `${widest + 2}ch` }}>
        <Colours lines={lines} marked={marked} />
        <textarea
          ref={field}
          className="code-field"
          aria-label={label}
          aria-describedby={`${describedBy} ${hint}`}
          aria-invalid={problems.length > 0}
          value={text}
          rows={lines.length}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          onChange={(event) => onEdit(event.target.value)}
          onKeyDown={(event) => press(event, leaving)}
        />
        <span id={hint} className="for-ears">
          Tab indents. Press Escape, then Tab, to leave the text.
        </span>
      </div>
    </div>
  );
}
