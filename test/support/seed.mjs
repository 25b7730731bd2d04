// Loaded before every test file: properties and fuzzing see the same samples on every run, so that what was green stays
// green. MODEL_BLAME_SEED, a number or “random”, looks elsewhere; what fails names its seed.
import fc from 'fast-check';

const { MODEL_BLAME_SEED: seed = '1' } = process.env;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
