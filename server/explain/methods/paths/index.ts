/** Path methods besides integrated gradients. */
import type { Method } from '../../types';
import { blurIg } from './blur-ig';
import { expectedGradients } from './expected-gradients';
import { guidedIg } from './guided-ig';
import { idgi } from './idgi';

export const pathMethods: readonly Method[] = [expectedGradients, idgi, guidedIg, blurIg];
