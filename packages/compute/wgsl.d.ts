/** A `.wgsl` file is a module whose default export is its text. */
declare module '*.wgsl' {
  const text: string;
  export default text;
}
