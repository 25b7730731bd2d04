/** Differences from a reference: DeepLIFT, DeepSHAP, simple Taylor decomposition. */
import type { Method } from '../../types';

export const differenceMethods: readonly Method[] = [];
