/** A place for one file: it is dropped, or chosen by mouse or keyboard. */
import type { DragEvent } from 'react';
import { useRef, useState } from 'react';

export type FileDropProps = {
  readonly label: string; // of the field, for ears
  readonly accept: string;
  readonly words: string; // before the button
  readonly onFile: (file: File) => void;
};

export function FileDrop({ label, accept, words, onFile }: FileDropProps) {
  const picker = useRef<HTMLInputElement>(null);
  const [name, setName] = useState<string | null>(null);
  const [isOver, setOver] = useState(false);
  const take = (file: File | undefined) => {
    if (!file) return;
    setName(file.name);
    onFile(file);
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div
      className="file-drop"
      data-over={isOver || undefined}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <span className="soft">{name ?? words}</span>
      <button type="button" className="button" onClick={() => picker.current!.click()}>
        {name === null ? 'Choose a file' : 'Choose another'}
      </button>
      <input
        ref={picker}
        type="file"
        hidden
        accept={accept}
        aria-label={label}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          take(file);
        }}
      />
    </div>
  );
}
