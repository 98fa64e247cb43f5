/** One of a few: a labelled group of radio buttons, as chips in a row or as a list with notes. */
import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { useId } from 'react';

export type Option<T> = {
  readonly value: T;
  readonly name: string;
  readonly note?: string | undefined;
  readonly disabled?: boolean;
};

export type ChoiceProps<T> = {
  label: string;
  value: T;
  options: readonly Option<T>[];
  list?: boolean;
  disabled?: boolean;
  onChange: (value: T) => void;
};

export function Choice<T extends string | number>(props: ChoiceProps<T>) {
  const { label, value, options, list, disabled, onChange } = props;
  const id = useId();
  return (
    <div className="choice">
      <div className="choice-label" id={id}>
        {label}
      </div>
      <RadioGroup
        className={list ? 'choice-list' : 'choice-chips'}
        aria-labelledby={id}
        value={value}
        disabled={disabled}
        onValueChange={(next) => onChange(next)}
      >
        {options.map((option) => (
          <Radio.Root
            key={option.value}
            className="choice-option"
            value={option.value}
            disabled={option.disabled}
            aria-label={option.name}
            aria-description={option.note}
          >
            <span className="choice-dot" aria-hidden="true">
              <Radio.Indicator className="choice-mark" />
            </span>
            <span className="choice-name">{option.name}</span>
            {option.note && <span className="choice-note">{option.note}</span>}
          </Radio.Root>
        ))}
      </RadioGroup>
    </div>
  );
}
