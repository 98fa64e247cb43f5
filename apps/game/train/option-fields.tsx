/** Fields for the numbers of an algorithm, made from its table: label, unit, range, what it means. */
import type { Option, OptionTable } from '@dreampitch/learning';
import { useId } from 'react';
import type { Fields } from './fields.ts';

export type OptionFieldsProps = {
  readonly table: OptionTable;
  readonly fields: Fields;
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (fields: Fields) => void;
};

export function OptionFields({ table, fields, problems, onChange }: OptionFieldsProps) {
  const entries = Object.entries(table);
  const fieldOf = ([name, option]: (typeof entries)[0], explained: boolean) => (
    <Field
      key={name}
      option={option}
      value={fields[name]}
      problem={problems[name]}
      explained={explained}
      onChange={(value) => onChange({ ...fields, [name]: value })}
    />
  );
  const basic = entries.filter(([, option]) => option.basic);
  const advanced = entries.filter(([, option]) => !option.basic);
  const wrong = advanced.some(([name]) => problems[name]);
  return (
    <>
      <div className="option-fields">{basic.map((entry) => fieldOf(entry, false))}</div>
      {advanced.length > 0 && (
        <details className="advanced" open={wrong || undefined}>
          <summary>Advanced: {advanced.length} more numbers</summary>
          <div className="option-fields">{advanced.map((entry) => fieldOf(entry, true))}</div>
        </details>
      )}
    </>
  );
}

type FieldProps = {
  readonly option: Option;
  readonly value: string | boolean | undefined;
  readonly problem: string | undefined;
  readonly explained: boolean;
  readonly onChange: (value: string | boolean) => void;
};

function Field({ option, value, problem, explained, onChange }: FieldProps) {
  const id = useId();
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
          onChange={(event) => onChange(event.target.checked)}
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
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {unit.toLowerCase() !== label.toLowerCase() && <span className="option-unit">{unit}</span>}
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
