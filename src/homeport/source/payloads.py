"""What forges write into a webhook's body: the fields that are used, and no others. Pure."""

from __future__ import annotations

from msgspec import Struct, field


class Person(Struct):
    """Who did it. Forges name people by one or two of these."""

    name: str | None = None
    login: str | None = None
    username: str | None = None
    nickname: str | None = None

    def __str__(self) -> str:
        return self.login or self.username or self.nickname or self.name or ""


class Repository(Struct):
    """Which repository; GitLab and Docker Hub call its name something else."""

    full_name: str | None = None
    path_with_namespace: str | None = None  # GitLab
    repo_name: str | None = None  # Docker Hub

    def __str__(self) -> str:
        return self.full_name or self.path_with_namespace or self.repo_name or ""


class Push(Struct):
    """GitHub, Gitea and Forgejo."""

    ref: str
    before: str = ""
    after: str = ""
    deleted: bool = False
    repository: Repository = field(default_factory=Repository)
    pusher: Person = field(default_factory=Person)


class Named(Struct):
    """GitHub, Gitea and Forgejo: a branch or a tag is made or taken away."""

    ref: str
    ref_type: str
    repository: Repository = field(default_factory=Repository)
    sender: Person = field(default_factory=Person)


class Head(Struct):
    """The commit of a pull request, and whose it is."""

    sha: str = ""
    ref: str = ""
    repo: Repository | None = None  # None: the fork is gone


class Pull(Struct):
    """GitHub, Gitea and Forgejo: a pull request."""

    head: Head
    base: Head = field(default_factory=Head)


class PullRequest(Struct):
    """GitHub, Gitea and Forgejo."""

    action: str
    number: int
    pull_request: Pull
    repository: Repository = field(default_factory=Repository)
    sender: Person = field(default_factory=Person)


class LabPush(Struct):
    """GitLab: a branch or a tag moved."""

    ref: str
    before: str = ""
    after: str = ""
    user_username: str | None = None
    project: Repository = field(default_factory=Repository)


class LabCommit(Struct):
    """GitLab: a commit."""

    id: str = ""


class LabAttributes(Struct):
    """GitLab: a merge request."""

    iid: int
    action: str = ""
    oldrev: str = ""  # there where an update brought commits
    source_project_id: int = 0
    target_project_id: int = -1
    source_branch: str = ""
    target_branch: str = ""
    source: Repository = field(default_factory=Repository)
    last_commit: LabCommit = field(default_factory=LabCommit)


class LabMerge(Struct):
    """GitLab: something became of a merge request."""

    object_attributes: LabAttributes
    project: Repository = field(default_factory=Repository)
    user: Person = field(default_factory=Person)


class Target(Struct):
    """Bitbucket: a commit."""

    hash: str = ""


class BucketRef(Struct):
    """Bitbucket: a branch or a tag."""

    type: str
    name: str
    target: Target = field(default_factory=Target)


class BucketChange(Struct):
    """Bitbucket: where a branch or a tag was, and is."""

    new: BucketRef | None = None
    old: BucketRef | None = None


class BucketChanges(Struct):
    """Bitbucket: all that one push moved."""

    changes: list[BucketChange] = []


class BucketPush(Struct):
    """Bitbucket: a push."""

    push: BucketChanges
    repository: Repository = field(default_factory=Repository)
    actor: Person = field(default_factory=Person)


class BucketBranch(Struct):
    """Bitbucket: a branch, by its name."""

    name: str = ""


class BucketSource(Struct):
    """Bitbucket: the commit of a pull request, and whose it is."""

    commit: Target | None = None
    repository: Repository | None = None
    branch: BucketBranch = field(default_factory=BucketBranch)


class BucketPull(Struct):
    """Bitbucket: a pull request."""

    id: int
    source: BucketSource
    destination: BucketSource = field(default_factory=BucketSource)


class BucketPullRequest(Struct):
    """Bitbucket: something became of a pull request."""

    pullrequest: BucketPull
    repository: Repository = field(default_factory=Repository)
    actor: Person = field(default_factory=Person)


class HubData(Struct):
    """Docker Hub: which tag was pushed."""

    tag: str
    pusher: str | None = None


class HubPush(Struct):
    """Docker Hub: an image was pushed."""

    push_data: HubData
    repository: Repository = field(default_factory=Repository)
