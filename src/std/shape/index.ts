export { list, type Structure, type StructureOf, stringMap, structure } from './aggregates.ts'
export { blob, boolean, enumeration, integer, string, timestamp } from './scalars.ts'
export {
  type AnyShape,
  ConstraintProblem,
  decode,
  defaulted,
  type Infer,
  type Json,
  type Required,
  required,
  SerializationProblem,
  type Shape,
  type ShapeKind,
  sensitive,
  undisclosed,
  unquoted,
  violation,
} from './shape.ts'
