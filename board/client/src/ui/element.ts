// The base of our elements: Lit in light DOM, so that one stylesheet, print rules and labels reach everything.
import { LitElement } from "lit";
import { afterPress } from "./press";
import { languageChanged } from "./text";

export abstract class LightElement extends LitElement {
  private readonly leave: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override scheduleUpdate(): void | Promise<void> {
    return afterPress(() => super.scheduleUpdate());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(languageChanged.add(() => this.requestUpdate()));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.leave.splice(0)) leave();
  }

  /** Keeps what `Listeners.add` returned until the element is taken out of the page. */
  protected follow(...leave: (() => void)[]): void {
    this.leave.push(...leave);
  }
}
