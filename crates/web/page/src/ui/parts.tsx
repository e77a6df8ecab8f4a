/** Small parts that everything is made of. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface Choice<T extends string> {
  readonly value: T;
  readonly name: string;
  readonly colour?: "buy" | "sell";
}

/** One of a few, side by side: arrow keys move between them. */
export function Segments<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly choose: (value: T) => void;
}): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = props.choices.findIndex((choice) => choice.value === props.value);
    const next = (at + step + props.choices.length) % props.choices.length;
    const chosen = props.choices[next];
    if (chosen === undefined) return;
    props.choose(chosen.value);
    const buttons = (event.currentTarget as HTMLElement).querySelectorAll("button");
    buttons[next]?.focus();
  };
  return (
    <div class="segments" role="radiogroup" aria-label={props.label} onKeyDown={move}>
      {props.choices.map((choice) => {
        const chosen = choice.value === props.value;
        return (
          <button type="button" role="radio" key={choice.value} class={choice.colour} aria-checked={chosen} tabIndex={chosen ? 0 : -1} onClick={() => props.choose(choice.value)}>
            {choice.name}
          </button>
        );
      })}
    </div>
  );
}

export function Field(props: {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  readonly name: string;
  readonly set: (value: string) => void;
}): JSX.Element {
  const id = `field-${props.name}`;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input id={id} name={props.name} inputMode="decimal" autocomplete="off" spellcheck={false} value={props.value} onInput={(event) => props.set(event.currentTarget.value.trim().replace(",", "."))} />
      <span>{props.unit ?? ""}</span>
    </div>
  );
}

/** A window over the page; Escape closes it, the focus stays inside. */
export function Dialog(props: { readonly title: ComponentChildren; readonly wide?: boolean; readonly close: () => void; readonly children: ComponentChildren }): JSX.Element {
  const own = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    own.current?.showModal();
  }, []);
  const outside = (event: MouseEvent): void => {
    if (event.target === own.current) props.close();
  };
  return (
    <dialog ref={own} class={props.wide === true ? "wide" : ""} onClose={props.close} onMouseDown={outside}>
      <header>
        <span>{props.title}</span>
        <button type="button" class="bare" aria-label="Close" onClick={props.close}>
          ✕
        </button>
      </header>
      <div class="body">{props.children}</div>
    </dialog>
  );
}

export function SideTag({ side, children }: { readonly side: "long" | "short" | "buy" | "sell"; readonly children?: ComponentChildren }): JSX.Element {
  return <span class={`side ${side}`}>{children ?? side}</span>;
}

/** An error in the server's words: the code, then what it says of field and limit. */
export function Refusal({ code, text, children }: { readonly code?: number; readonly text: string; readonly children?: ComponentChildren }): JSX.Element {
  return (
    <div class="refusal" role="alert">
      <strong>Refused{code === undefined || code === 0 ? "" : ` (${code})`}:</strong> {text} {children}
    </div>
  );
}
