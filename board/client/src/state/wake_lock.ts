// A wall's screen never goes dark by itself, where the browser can see to that (it can by TLS or on loopback).

export function keepAwake(): void {
  const ask = () => {
    if (document.hidden) return;
    // refused on a battery that runs low, and where nobody has looked yet: asked again when the page is shown again
    navigator.wakeLock?.request("screen").catch(() => undefined);
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}
