export { type Answer, hang, inTurn, ok, type ScriptedServer, serve, status } from '@obsidianlaunch/testkit/api'
