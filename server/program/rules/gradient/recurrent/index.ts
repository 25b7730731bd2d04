/** Recurrent operators: backward loops compiled to Scan. */
import { gruRules } from './gru';
import { lstmRules } from './lstm';
import { rnnRules } from './rnn';

export const recurrentRules = [...lstmRules, ...gruRules, ...rnnRules];
