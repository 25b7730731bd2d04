/** All cases. */
import { axes } from './axes';
import { elementwise } from './elementwise';
import { linear } from './linear';
import { movement } from './movement';
import { recurrent } from './recurrent';
import type { Case } from './types';

export type { Case } from './types';

export const cases: readonly Case[] = [...elementwise, ...linear, ...axes, ...movement, ...recurrent];
