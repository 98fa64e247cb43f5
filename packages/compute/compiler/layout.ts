/** Offsets in bytes as WGSL lays a struct out in storage (WGSL 14.4.1). */
export type StructLayout = {
  readonly bytes: number;
  readonly align: number;
  readonly fields: Readonly<Record<string, FieldLayout>>;
};

export type FieldLayout = {
  readonly offset: number;
  readonly bytes: number;
  /** The type as WGSL writes it: `f32`, `vec3<f32>`, `array<Robot, 6>`. */
  readonly type: string;
  /** Scalars it is made of: 1 for f32, 3 for vec3, all elements of an array. */
  readonly scalars: number;
  /** Bytes from one array element to the next; absent where it is no array. */
  readonly strideBytes?: number;
  /** Number of elements of an array. */
  readonly count?: number;
  /** The layout of a struct, or of an array's element struct. */
  readonly struct?: StructLayout;
};
