/** A run from a file that was exported: its recipe comes into the form, to be trained here. */
import { useRef } from 'react';
import { newRunFrom } from './draft.ts';

/** A recipe with its curve; larger files are something else. */
const FILE_BYTES_MAX = 20_000_000;

type ImportRunProps = { readonly onProblem: (problem: string | null) => void };

export function ImportRun({ onProblem }: ImportRunProps) {
  const picker = useRef<HTMLInputElement>(null);
  const take = async (file: File) => {
    onProblem(null);
    if (file.size > FILE_BYTES_MAX) throw new Error(`${file.name} is too large to be a run.`);
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
        accept=".json,application/json"
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
