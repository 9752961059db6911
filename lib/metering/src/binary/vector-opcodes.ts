/** Operators on vectors (WebAssembly 2.0, section 5.4.9), as they are numbered behind the prefix 0xFD. Relaxed ones begin at 0x100. */

type VectorRow = readonly [first: number, signature: string, shape: string, names: string]

const compare = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"
const compareFloats = "eq ne lt gt le ge"
const shift = "shl shr_s shr_u"
const bounds = "min_s min_u max_s max_u"
const saturate = "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"
const extended = (operator: string, from: string) =>
  ["s", "u"]
    .flatMap((sign) => ["low", "high"].map((half) => `${operator}_${half}_${from}_${sign}`))
    .join(" ")

/** A fixed signature, no immediates. */
export const vectorPlain: readonly VectorRow[] = [
  [0x0e, "vv>v", "i8x16", "swizzle"],
  [0x0f, "i>v", "i8x16", "splat"],
  [0x10, "i>v", "i16x8", "splat"],
  [0x11, "i>v", "i32x4", "splat"],
  [0x12, "I>v", "i64x2", "splat"],
  [0x13, "f>v", "f32x4", "splat"],
  [0x14, "F>v", "f64x2", "splat"],
  [0x23, "vv>v", "i8x16", compare],
  [0x2d, "vv>v", "i16x8", compare],
  [0x37, "vv>v", "i32x4", compare],
  [0x41, "vv>v", "f32x4", compareFloats],
  [0x47, "vv>v", "f64x2", compareFloats],
  [0x4d, "v>v", "v128", "not"],
  [0x4e, "vv>v", "v128", "and andnot or xor"],
  [0x52, "vvv>v", "v128", "bitselect"],
  [0x53, "v>i", "v128", "any_true"],
  [0x60, "v>v", "i8x16", "abs neg popcnt"],
  [0x63, "v>i", "i8x16", "all_true bitmask"],
  [0x65, "vv>v", "i8x16", "narrow_i16x8_s narrow_i16x8_u"],
  [0x6b, "vi>v", "i8x16", shift],
  [0x6e, "vv>v", "i8x16", saturate],
  [0x76, "vv>v", "i8x16", bounds],
  [0x7b, "vv>v", "i8x16", "avgr_u"],
  [0x7c, "v>v", "i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"],
  [0x7e, "v>v", "i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"],
  [0x80, "v>v", "i16x8", "abs neg"],
  [0x82, "vv>v", "i16x8", "q15mulr_sat_s"],
  [0x83, "v>i", "i16x8", "all_true bitmask"],
  [0x85, "vv>v", "i16x8", "narrow_i32x4_s narrow_i32x4_u"],
  [0x87, "v>v", "i16x8", extended("extend", "i8x16")],
  [0x8b, "vi>v", "i16x8", shift],
  [0x8e, "vv>v", "i16x8", saturate],
  [0x95, "vv>v", "i16x8", `mul ${bounds}`],
  [0x9b, "vv>v", "i16x8", "avgr_u"],
  [0x9c, "vv>v", "i16x8", extended("extmul", "i8x16")],
  [0xa0, "v>v", "i32x4", "abs neg"],
  [0xa3, "v>i", "i32x4", "all_true bitmask"],
  [0xa7, "v>v", "i32x4", extended("extend", "i16x8")],
  [0xab, "vi>v", "i32x4", shift],
  [0xae, "vv>v", "i32x4", "add"],
  [0xb1, "vv>v", "i32x4", "sub"],
  [0xb5, "vv>v", "i32x4", `mul ${bounds} dot_i16x8_s`],
  [0xbc, "vv>v", "i32x4", extended("extmul", "i16x8")],
  [0xc0, "v>v", "i64x2", "abs neg"],
  [0xc3, "v>i", "i64x2", "all_true bitmask"],
  [0xc7, "v>v", "i64x2", extended("extend", "i32x4")],
  [0xcb, "vi>v", "i64x2", shift],
  [0xce, "vv>v", "i64x2", "add"],
  [0xd1, "vv>v", "i64x2", "sub"],
  [0xd5, "vv>v", "i64x2", "mul eq ne lt_s gt_s le_s ge_s"],
  [0xdc, "vv>v", "i64x2", extended("extmul", "i32x4")],
  [0xe0, "v>v", "f32x4", "abs neg"],
  // What comes out is one of the operands, bit by bit.
  [0xea, "vv>v", "f32x4", "pmin pmax"],
  [0xec, "v>v", "f64x2", "abs neg"],
  [0xf6, "vv>v", "f64x2", "pmin pmax"],
  [0xf8, "v>v", "i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u"],
  [0xfa, "v>v", "f32x4", "convert_i32x4_s convert_i32x4_u"],
  [0xfc, "v>v", "i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"],
  [0xfe, "v>v", "f64x2", "convert_low_i32x4_s convert_low_i32x4_u"],
]

/** Likewise, but what they give may be a NaN of any kind, lane by lane. */
export const vectorF32: readonly VectorRow[] = [
  [0x5e, "v>v", "f32x4", "demote_f64x2_zero"],
  [0x67, "v>v", "f32x4", "ceil floor trunc nearest"],
  [0xe3, "v>v", "f32x4", "sqrt"],
  [0xe4, "vv>v", "f32x4", "add sub mul div min max"],
]

export const vectorF64: readonly VectorRow[] = [
  [0x5f, "v>v", "f64x2", "promote_low_f32x4"],
  [0x74, "v>v", "f64x2", "ceil floor"],
  [0x7a, "v>v", "f64x2", "trunc"],
  [0x94, "v>v", "f64x2", "nearest"],
  [0xef, "v>v", "f64x2", "sqrt"],
  [0xf0, "vv>v", "f64x2", "add sub mul div min max"],
]

/** A name is followed by the logarithm of the access's size. */
export const vectorMemory: readonly VectorRow[] = [
  [0x00, "i>v", "v128", "load:4 load8x8_s:3 load8x8_u:3 load16x4_s:3 load16x4_u:3"],
  [0x05, "i>v", "v128", "load32x2_s:3 load32x2_u:3"],
  [0x07, "i>v", "v128", "load8_splat:0 load16_splat:1 load32_splat:2 load64_splat:3"],
  [0x0b, "iv>", "v128", "store:4"],
  [0x5c, "i>v", "v128", "load32_zero:2 load64_zero:3"],
]

/** Likewise, and a lane follows the address. */
export const vectorLaneMemory: readonly VectorRow[] = [
  [0x54, "iv>v", "v128", "load8_lane:0 load16_lane:1 load32_lane:2 load64_lane:3"],
  [0x58, "iv>", "v128", "store8_lane:0 store16_lane:1 store32_lane:2 store64_lane:3"],
]

/** A lane follows, of as many as the shape says. */
export const vectorLanes: readonly VectorRow[] = [
  [0x15, "v>i", "i8x16", "extract_lane_s extract_lane_u"],
  [0x17, "vi>v", "i8x16", "replace_lane"],
  [0x18, "v>i", "i16x8", "extract_lane_s extract_lane_u"],
  [0x1a, "vi>v", "i16x8", "replace_lane"],
  [0x1b, "v>i", "i32x4", "extract_lane"],
  [0x1c, "vi>v", "i32x4", "replace_lane"],
  [0x1d, "v>I", "i64x2", "extract_lane"],
  [0x1e, "vI>v", "i64x2", "replace_lane"],
  [0x1f, "v>f", "f32x4", "extract_lane"],
  [0x20, "vf>v", "f32x4", "replace_lane"],
  [0x21, "v>F", "f64x2", "extract_lane"],
  [0x22, "vF>v", "f64x2", "replace_lane"],
]
