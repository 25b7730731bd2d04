/** Does something once, a while after the last call. */
export interface Debounced {
  call(): void;
  dispose(): void;
}

export function debounce(milliseconds: number, work: () => void): Debounced {
  let timer: NodeJS.Timeout | undefined;
  return {
    call() {
      clearTimeout(timer);
      timer = setTimeout(work, milliseconds);
    },
    dispose: () => clearTimeout(timer),
  };
}
