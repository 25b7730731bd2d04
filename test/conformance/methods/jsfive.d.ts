/** The part of jsfive that reads reference data. */
declare module 'jsfive' {
  export class Dataset {
    readonly value: unknown;
    readonly shape: unknown;
  }
  export class File {
    constructor(bytes: ArrayBuffer, name: string);
    get(path: string): unknown;
  }
}
