export { type Config, isLoopback, loadConfig, toConfig } from './config.ts'
export { readExportLines } from './environment.ts'
export { type Keyward, startKeyward } from './keyward.ts'
export { type SettingName, type SettingValues, settings } from './settings.ts'
