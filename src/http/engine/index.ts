export { Engine } from './engine.ts'
export {
  type BodyRefusal,
  type Exchange,
  type Headers,
  headerLine,
  type Reply,
  type RequestHandler,
  type RequestHead,
} from './handler.ts'
export { type EngineLimits, engineLimitDefaults, engineLimitRows, type LimitRow } from './limits.ts'
