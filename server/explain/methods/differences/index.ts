/** DeepLIFT, DeepSHAP, Taylor decomposition. */
import type { Method } from '../../types';
import { deeplift } from './deeplift';
import { deepshap } from './deepshap';
import { taylor } from './taylor';

export const differenceMethods: readonly Method[] = [deeplift, deepshap, taylor];
