// Work that is done once for all who ask, and again only if it failed.

/** `make`, run when first asked for; its result is kept, its failure is not. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= make().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}
