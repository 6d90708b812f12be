import { runUserCode } from "../wire/callback.ts";

/**
 * Keeps events in the order they came in, although some need to be completed by requests first.
 * An event takes its turn on arrival and is told when it is ready and all before it are.
 */
export class Order {
  private turns: Array<{ tell?: () => void }> = [];

  /** Takes the next turn. The result is to be called once, with what tells user code. */
  turn(): (tell: () => void) => void {
    const turn: { tell?: () => void } = {};
    this.turns.push(turn);
    return (tell) => {
      turn.tell = tell;
      this.advance();
    };
  }

  private advance(): void {
    for (let next = this.turns[0]; next && next.tell; next = this.turns[0]) {
      this.turns.shift();
      runUserCode(next.tell);
    }
  }
}
