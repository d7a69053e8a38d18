// The keys of the district board.
import { actionKey, FOR_CLUSTERS, KEYS, OF_ROOMS } from "../ticket/actions";
import { COLUMNS, type Column } from "../ticket/order";
import { tt } from "../ticket/text";
import { addKeys, type Key } from "../ui/keys";
import { moveFocus } from "../ui/roving";
import { type RoomBoard, TABS } from "./board";
import { tr } from "./text";

export function boardKeys(board: RoomBoard): () => void {
  const onTickets = () => board.tab === "tickets";
  const move = (step: number) => {
    const now = document.activeElement?.closest<HTMLElement>("[data-column]")?.dataset.column as Column | undefined;
    const column = now ?? COLUMNS.find((name) => board.cards(name).length) ?? "waiting";
    focused(board, moveFocus(board.cards(column), step));
  };
  const actions = OF_ROOMS.map(
    (action): Key => ({
      key: KEYS[action],
      name: () => tt(actionKey(action)),
      when: () => {
        const target = board.target;
        return onTickets() && !!target && board.desk.possible(target.ticket).includes(action) && (!target.cluster || FOR_CLUSTERS.includes(action));
      },
      run: () => {
        const target = board.target;
        if (target) board.act(action, target.ticket, target.cluster);
      },
    }),
  );
  return addKeys(
    { key: "↓", name: () => tr("keyMove"), when: onTickets, run: () => move(1) },
    { key: "↑", name: () => tr("keyMove"), when: onTickets, run: () => move(-1) },
    { key: "←", name: () => tr("keyColumn"), when: onTickets, run: () => sideways(board, -1) },
    { key: "→", name: () => tr("keyColumn"), when: onTickets, run: () => sideways(board, 1) },
    { key: "Enter", name: () => tr("keyOpen"), when: () => onTickets() && !!document.activeElement?.closest(".card"), run: () => (document.activeElement as HTMLElement).click() },
    { key: "Esc", name: () => tr("keyClose"), when: () => board.open !== "", run: () => board.close() },
    ...actions,
    { key: "L", name: () => tr("keyListen"), when: () => board.open !== "", run: () => board.detail?.listen() },
    { key: "/", name: () => tr("keySearch"), when: onTickets, run: () => board.querySelector<HTMLElement>(".search")?.focus() },
    ...TABS.map((tab, i): Key => ({ key: String(i + 1), name: () => tr(`tab${tab[0]?.toUpperCase()}${tab.slice(1)}` as "tabTickets"), run: () => (board.tab = tab) })),
  );
}

function focused(board: RoomBoard, card: HTMLElement | undefined): void {
  if (!card) return;
  board.current = card.dataset.key ?? "";
  // what is open follows the focus: reading one ticket after the other takes one key
  if (board.open && !board.current.startsWith("cluster ")) board.open = board.current;
}

function sideways(board: RoomBoard, step: number): void {
  const now = document.activeElement?.closest<HTMLElement>("[data-column]")?.dataset.column as Column | undefined;
  const from = now ? COLUMNS.indexOf(now) : -step;
  const row = now ? board.cards(now).findIndex((one) => one.contains(document.activeElement)) : 0;
  for (let at = from + step; at >= 0 && at < COLUMNS.length; at += step) {
    const column = COLUMNS[at];
    if (!column) return;
    board.column = column;
    const cards = board.cards(column);
    const next = cards[Math.min(row, cards.length - 1)];
    if (!next) continue;
    next.focus();
    focused(board, next);
    return;
  }
}
