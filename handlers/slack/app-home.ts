import { isSamePerson } from "#domain/policy/people.ts";
import { maySeeIncident } from "#domain/response/permission.ts";
import { homeView } from "#views/response/home-tab.ts";
import { visibleStillFiring, type CommandDoor } from "#handlers/command-reply.ts";

/** Open incidents on a home page. */
const LISTED = 100;

/** Shows someone their home in Slack: open incidents, who is on call, and their tasks. @throws PortError */
export async function showHome(door: CommandDoor, user: string): Promise<void> {
  const seen = await door.read.openIncidents(
    (incident) => maySeeIncident(door.policy(), incident, { id: user }),
    LISTED,
  );
  const ownTasks = (await door.read.tasksOf(user)).flatMap((incident) =>
    incident.tasks
      .filter(({ owner, doneAt }) => isSamePerson(door.policy(), owner, { id: user }) && doneAt === null)
      .map((task) => ({ incident, task })),
  );
  const firing = await visibleStillFiring(door, { id: user, name: "" });
  const faults = await door.setup.faultsFor({ id: user, name: "" });
  const rota = await door.read.rota();
  await door.chat.home(user, homeView(seen, ownTasks, rota, door.clock(), door.pageUrl, firing, faults));
}
