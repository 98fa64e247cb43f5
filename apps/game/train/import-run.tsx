/** A file that was exported, a run or weights: it comes into the form, to be trained here. */
import { useRef } from 'react';
import { newRunFrom, newRunWith } from './draft.ts';
import { startOfFile, WEIGHTS_BYTES_MAX } from './starts.ts';

type ImportRunProps = { readonly onProblem: (problem: string | null) => void };

export function ImportRun({ onProblem }: ImportRunProps) {
  const picker = useRef<HTMLInputElement>(null);
  const take = async (file: File) => {
    onProblem(null);
    if (/\.safetensors$/i.test(file.name)) return newRunWith(await startOfFile(file));
    if (file.size > WEIGHTS_BYTES_MAX) throw new Error(`${file.name} is too large to be a run.`);
    newRunFrom(await file.text());
  };
  return (
    <>
      <button type="button" className="button" onClick={() => picker.current!.click()}>
        Import
      </button>
      <input
        ref={picker}
        type="file"
        hidden
        accept=".json,.safetensors,application/json"
        aria-label="Run file"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) take(file).catch((error: unknown) => onProblem((error as Error).message));
        }}
      />
    </>
  );
}
