export * from './blame';
export type * from './catalogue';
export type * from './explanation';
export type * from './features';
export type * from './panel';
export type * from './source';
export * from './requests';
export * from './units';
export * from './wire';
