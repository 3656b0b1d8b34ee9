export { DerProblem, der, derTag, readDer, readDerUnsigned, readOnlyDer, splitDer } from '../../std/index.ts'
