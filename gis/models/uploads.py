"""The import desk's memory: the files a person handed in, and what was asked to be done with them."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models


def new_token() -> str:
    """A name that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


class Upload(models.Model):
    """Files of one person; their bytes lie in a folder named by the token, under the folder of imports.

    ``files`` lists ``{"name", "size"}`` as announced, ``found`` what was seen in them (None: not looked yet).
    """

    token = models.CharField("凭据", max_length=43, unique=True, default=new_token)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="操作人")
    files = models.JSONField("文件", default=list)
    found = models.JSONField("内容", null=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "上传文件"
        default_permissions = ()

    def __str__(self) -> str:
        return "、".join(str(file["name"]) for file in self.files)


class ImportJob(models.Model):
    """One thing for the import queue to do. ``order`` says what, ``outcome`` what came of it; rows count as they go."""

    class Kind(models.TextChoices):
        """What is to be done."""

        LOOK = "look", "查看"
        TRIAL = "trial", "试运行"
        LOAD = "load", "导入"
        UNDO = "undo", "撤销"
        MERGE = "merge", "归并地址"

    class State(models.TextChoices):
        """How far it is. Only one that is done has written anything."""

        WAITING = "waiting", "排队"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"
        INTERRUPTED = "interrupted", "中断"

    upload = models.ForeignKey(Upload, models.SET_NULL, null=True, verbose_name="上传文件", related_name="jobs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="操作人")
    kind = models.CharField("任务", max_length=10, choices=Kind)
    state = models.CharField("状态", max_length=12, choices=State, default=State.WAITING, db_index=True)
    order = models.JSONField("要求", default=dict)
    rows = models.IntegerField("已读行数", default=0)
    total = models.IntegerField("总行数", null=True)
    cancelled = models.BooleanField("要求取消", default=False)
    outcome = models.JSONField("结果", null=True)
    error = models.TextField("错误", blank=True, default="")
    run = models.ForeignKey(
        "spatial.ImportRun", models.SET_NULL, null=True, verbose_name="导入记录", related_name="jobs"
    )
    at = models.DateTimeField("时间", auto_now_add=True)
    ended = models.DateTimeField("结束", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入任务"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in (self.State.WAITING, self.State.RUNNING)
