/** On a touch screen: a stick wherever the thumb lands on the lower part, and a button to spin. */
import type { PointerEvent } from 'react';
import { useRef, useState } from 'react';
import type { Game } from '../match/game.ts';
import { EMPTY_HAND, handOfStick } from './hands.ts';

const REACH_PIXELS = 54;

/** `pointer`: the finger that holds it; others do not move it. */
type Stick = { pointer: number; x: number; y: number; dx: number; dy: number };

export function TouchPad({ game }: { game: Game }) {
  const [stick, setStick] = useState<Stick | null>(null);
  const spin = useRef(false);
  const hand = useRef(EMPTY_HAND);
  const ask = (x: number, y: number) => {
    hand.current = handOfStick(x, y, spin.current);
    game.input.setTouch(hand.current);
  };
  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (stick) return;
    const pointer = event.pointerId;
    event.currentTarget.setPointerCapture(pointer);
    const box = event.currentTarget.getBoundingClientRect();
    setStick({ pointer, x: event.clientX - box.left, y: event.clientY - box.top, dx: 0, dy: 0 });
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (stick?.pointer !== event.pointerId) return;
    const box = event.currentTarget.getBoundingClientRect();
    let dx = (event.clientX - box.left - stick.x) / REACH_PIXELS;
    let dy = (event.clientY - box.top - stick.y) / REACH_PIXELS;
    const length = Math.max(1, Math.hypot(dx, dy));
    dx /= length;
    dy /= length;
    setStick({ ...stick, dx, dy });
    ask(dx, -dy);
  };
  const up = (event: PointerEvent<HTMLDivElement>) => {
    if (stick?.pointer !== event.pointerId) return;
    setStick(null);
    ask(0, 0);
  };
  const setSpin = (on: boolean) => {
    spin.current = on;
    game.input.setTouch({ ...hand.current, spin: on });
  };
  return (
    <div className="touch">
      <div
        className="touch-area"
        aria-hidden="true"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
      >
        {stick ? (
          <div className="stick" style={{ left: stick.x, top: stick.y }}>
            <i style={{ translate: `${stick.dx * REACH_PIXELS}px ${stick.dy * REACH_PIXELS}px` }} />
          </div>
        ) : (
          <span className="touch-hint">Drag here to drive</span>
        )}
      </div>
      <button
        type="button"
        className="spin-button"
        onPointerDown={() => setSpin(true)}
        onPointerUp={() => setSpin(false)}
        onPointerCancel={() => setSpin(false)}
        onPointerLeave={() => setSpin(false)}
      >
        Spin
      </button>
    </div>
  );
}
