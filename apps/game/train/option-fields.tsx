/** Fields for the numbers of an algorithm, made from its table: label, unit, range, what it means. */
import type { Option } from '@dreampitch/learning';
import { useId } from 'react';
import { useStore } from '../app/store.ts';
import type { AlgorithmChoice } from './algorithms.ts';
import { draft } from './draft.ts';

export type OptionFieldsProps = {
  readonly choice: AlgorithmChoice;
  readonly problems: Readonly<Record<string, string>>;
};

export function OptionFields({ choice, problems }: OptionFieldsProps) {
  const entries = Object.entries(choice.options);
  const basic = entries.filter(([, option]) => option.basic);
  const advanced = entries.filter(([, option]) => !option.basic);
  const wrong = advanced.some(([name]) => problems[name]);
  return (
    <>
      <div className="option-fields">
        {basic.map(([name, option]) => (
          <Field key={name} name={name} option={option} problem={problems[name]} />
        ))}
      </div>
      {advanced.length > 0 && (
        <details className="advanced" open={wrong || undefined}>
          <summary>Advanced: {advanced.length} more numbers</summary>
          <div className="option-fields">
            {advanced.map(([name, option]) => (
              <Field key={name} name={name} option={option} problem={problems[name]} explained />
            ))}
          </div>
        </details>
      )}
    </>
  );
}

type FieldProps = {
  readonly name: string;
  readonly option: Option;
  readonly problem: string | undefined;
  readonly explained?: boolean;
};

function Field({ name, option, problem, explained }: FieldProps) {
  const value = useStore(draft, ({ fields }) => fields[name]);
  const id = useId();
  const set = (next: string | boolean) => {
    draft.set({ fields: { ...draft.value.fields, [name]: next } });
  };
  const { label, unit, words, source } = option;
  const described = `${words}${rangeWords(option)} (${source})`;
  return (
    <div className="option-field" data-kind={option.kind}>
      <label htmlFor={id}>
        {label}
        {explained && <span className="option-words">{words}</span>}
      </label>
      {option.kind === 'boolean' ? (
        <input
          id={id}
          type="checkbox"
          checked={value === true}
          title={described}
          onChange={(event) => set(event.target.checked)}
        />
      ) : (
        <input
          id={id}
          className="input"
          inputMode={option.kind === 'integer' ? 'numeric' : 'decimal'}
          autoComplete="off"
          value={String(value ?? '')}
          aria-invalid={problem !== undefined}
          title={described}
          onChange={(event) => set(event.target.value)}
        />
      )}
      <span className="option-unit">{unit}</span>
      {problem && (
        <p className="option-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function rangeWords(option: Option): string {
  return option.kind === 'boolean' ? '' : `; ${option.low} to ${option.high}`;
}
