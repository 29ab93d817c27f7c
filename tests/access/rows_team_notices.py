"""How notices reach people and departments: everybody for themselves, the chats by admins."""

TABLE = """
#                                              anon admin manager csm stranger granted member viewer
GET  notice_way                                in   200   200     200 200      200     200    200
POST notice_way                                in   422   422     422 422      422     422    422
GET  department_chat slug=product              in   200   404     404 404      404     404    404
POST department_chat slug=product              in   422   404     404 404      404     404    404
POST department_chat_try slug=product          in   302   404     404 404      404     404    404
POST department_chat_remove slug=product       in   302   404     404 404      404     404    404
"""
