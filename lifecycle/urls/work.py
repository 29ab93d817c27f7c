from django.urls import URLPattern, URLResolver, path

from lifecycle.views import ranking, stages, tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/new/", tasks.task_create, name="task_create"),
    path("tasks/<int:task_id>/", tasks.task_edit, name="task_edit"),
    path("tasks/<int:task_id>/done/", tasks.task_complete, name="task_complete"),
    path("tasks/<int:task_id>/reopen/", tasks.task_reopen, name="task_reopen"),
    path("tasks/<int:task_id>/take/", ranking.task_take, name="task_take"),
    path("tasks/<int:task_id>/snooze/", tasks.task_snooze, name="task_snooze"),
    path("accounts/<int:account_id>/stage/", stages.stage_enter, name="stage_enter"),
]
